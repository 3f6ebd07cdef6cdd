"""Message classes from the text of a .proto file, when the program starts.

The specification itself is what is read: nothing is generated, so nothing can be out of date, and
no compiler is needed, nor the release of it that fits the protobuf that is installed. Understood is
what stepwire.proto keeps to: proto3 with messages, enums, oneof and repeated fields; no maps,
imports, options or services.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_COMMENT = re.compile(r"//[^\n]*")
_TOKEN = re.compile(r'"[^"]*"|[A-Za-z_][\w.]*|\d+|[{}=;]')
_SCALARS = {
    name: getattr(descriptor_pb2.FieldDescriptorProto, f"TYPE_{name.upper()}")
    for name in ("bool", "bytes", "double", "fixed64", "sint64", "string", "uint32", "uint64")
}
_PACKED = {"double", "fixed64"}


class _Parser:
    """Recursive descent, a method for each rule; `scope` is the full name of where a rule
    stands."""

    def __init__(self, text: str, flat: Collection[str]) -> None:
        self.flat = flat
        self.tokens: list[str] = _TOKEN.findall(_COMMENT.sub("", text))
        self.at = 0
        self.kinds: dict[str, int] = {}  # full name of a type -> TYPE_MESSAGE or TYPE_ENUM
        self.references: list[tuple[str, Any]] = []  # fields whose type is one of these

    def next(self, expected: str | None = None) -> str:
        token = self.tokens[self.at]
        if expected is not None and token != expected:
            raise ValueError(f"expected {expected!r}, not {token!r}, as token {self.at}")
        self.at += 1
        return token

    def is_next(self, token: str) -> bool:
        """Takes the token if it is the next one."""
        found = self.tokens[self.at] == token
        self.at += found
        return found

    def file(self, file: descriptor_pb2.FileDescriptorProto) -> None:
        for word in ("syntax", "=", '"proto3"', ";", "package"):
            self.next(word)
        file.syntax = "proto3"
        file.package = self.next()
        self.next(";")
        while self.at < len(self.tokens):
            if self.next() == "enum":
                self.enum(file.enum_type.add(), file.package)
            else:
                self.message(file.message_type.add(), file.package)
        self.resolve()

    def enum(self, enum: descriptor_pb2.EnumDescriptorProto, scope: str) -> None:
        enum.name = self.next()
        self.kinds[f"{scope}.{enum.name}"] = descriptor_pb2.FieldDescriptorProto.TYPE_ENUM
        self.next("{")
        while not self.is_next("}"):
            value = enum.value.add(name=self.next())
            self.next("=")
            value.number = int(self.next())
            self.next(";")

    def message(self, message: descriptor_pb2.DescriptorProto, scope: str) -> None:
        message.name = self.next()
        scope = f"{scope}.{message.name}"
        self.kinds[scope] = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
        self.next("{")
        while not self.is_next("}"):
            if self.is_next("enum"):
                self.enum(message.enum_type.add(), scope)
            elif self.is_next("oneof"):
                message.oneof_decl.add(name=self.next())
                self.next("{")
                while not self.is_next("}"):
                    self.field(message, scope).oneof_index = len(message.oneof_decl) - 1
            else:
                self.field(message, scope)

    def field(self, message: descriptor_pb2.DescriptorProto, scope: str) -> Any:
        field = message.field.add(label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL)
        if self.is_next("repeated"):
            field.label = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED
        kind = self.next()
        if kind in _PACKED and message.name in self.flat:
            # what is packed has the same bytes on the wire
            field.label = descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
            field.type = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES
        elif kind in _SCALARS:
            field.type = _SCALARS[kind]
        else:
            field.type_name = kind
            self.references.append((scope, field))
        field.name = self.next()
        self.next("=")
        field.number = int(self.next())
        self.next(";")
        return field

    def resolve(self) -> None:
        """Finds the types that fields name: the innermost one of that name."""
        for scope, field in self.references:
            while f"{scope}.{field.type_name}" not in self.kinds:
                if "." not in scope:
                    raise ValueError(f"{field.name}: no type {field.type_name!r}")
                scope = scope.rpartition(".")[0]
            field.type_name = f"{scope}.{field.type_name}"
            field.type = self.kinds[field.type_name]
            field.type_name = f".{field.type_name}"


def load(text: str, name: str, flat: Collection[str] = ()) -> Any:
    """A namespace with each top-level message class and enum value of a .proto file.

    Enums themselves are there too, as `Enum.Name(number)` and `Enum.Value(name)`. The doubles and
    fixed64s of the messages named in `flat`, which must all be repeated, are `bytes` there, for
    numpy.frombuffer: little-endian, as they travel. Such a message that comes in several parts, or
    unpacked, as protobuf allows and nobody does, is not what it was.
    """
    from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

    file = descriptor_pb2.FileDescriptorProto(name=name)
    _Parser(text, flat).file(file)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    descriptor = pool.FindFileByName(name)
    found = SimpleNamespace()
    for message in descriptor.message_types_by_name.values():
        setattr(found, message.name, message_factory.GetMessageClass(message))
    for enum in descriptor.enum_types_by_name.values():
        setattr(found, enum.name, EnumTypeWrapper(enum))
        for value in enum.values:
            setattr(found, value.name, value.number)
    return found
