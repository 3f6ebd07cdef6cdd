"""Gymnasium environments that run elsewhere, and any Gymnasium environment served."""
