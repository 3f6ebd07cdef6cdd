"""A bad network between clients and a server: it loses and repeats whole messages."""

import random
import threading

import zmq


class Proxy:
    """Carries messages to `server` on a thread of its own, each with these chances."""

    def __init__(self, server, lose, repeat, seed):
        self._context = zmq.Context()
        self._server, self._lose, self._repeat = server, lose, repeat
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self.lost = self.repeated = 0
        self._front = self._context.socket(zmq.ROUTER)
        self._front.linger = 0
        port = self._front.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._context.term()

    def _run(self):
        backs = {}  # a connection to the server for each client
        while not self._stop.is_set():
            poller = zmq.Poller()
            for socket in (self._front, *backs.values()):
                poller.register(socket, zmq.POLLIN)
            ready = dict(poller.poll(50))
            if self._front in ready:
                client, message = self._front.recv_multipart()
                if client not in backs:
                    backs[client] = self._context.socket(zmq.DEALER)
                    backs[client].linger = 0
                    backs[client].connect(self._server)
                self._carry(backs[client], [message])
            for client, back in backs.items():
                if back in ready:
                    self._carry(self._front, [client, back.recv()])
        for socket in (self._front, *backs.values()):
            socket.close()

    def _carry(self, socket, frames):
        fate = self._random.random()
        if fate < self._lose:
            self.lost += 1
            return
        socket.send_multipart(frames)
        if fate > 1 - self._repeat:
            self.repeated += 1
            socket.send_multipart(frames)
