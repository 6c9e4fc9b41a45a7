"""Drives the broker with Python's grpcio, its types made from our proto by grpcio-tools.

grpcio.py PROTO_FOLDER WORK_FOLDER ADDRESS

Reads a call a line as JSON and prints what came of it as one: see `Call` and `Outcome` in line.rs.
"""

import importlib
import json
import pathlib
import sys

import grpc
from google.protobuf import descriptor_pool, json_format
from google.rpc import error_details_pb2  # noqa: F401  registers what details decode to
from grpc_status import rpc_status
from grpc_tools import protoc

proto, work, address = sys.argv[1:]
files = sorted(str(path) for path in pathlib.Path(proto).rglob("*.proto"))
well_known = str(pathlib.Path(protoc.__file__).parent / "_proto")
code = protoc.main(
    ["protoc", f"-I{proto}", f"-I{well_known}", f"--python_out={work}", f"--grpc_python_out={work}", *files]
)
assert code == 0, "protoc refuses the proto files"
sys.path.insert(0, work)

stubs = {}
for file in files:
    name = pathlib.Path(file).relative_to(proto).with_suffix("").as_posix().replace("/", ".")
    importlib.import_module(f"{name}_pb2")
    module = importlib.import_module(f"{name}_pb2_grpc")
    stubs |= {key: value for key, value in vars(module).items() if key.endswith("Stub")}
channel = grpc.insecure_channel(address)


def plain(message):
    return json_format.MessageToDict(message)


def carry_out(call):
    service, method = call["method"].split("/")
    kind = descriptor_pool.Default().FindServiceByName(f"askonce.v1.{service}").methods_by_name[method]
    stub = getattr(stubs[f"{service}Stub"](channel), method)
    request_type = getattr(
        importlib.import_module(kind.input_type.file.name.removesuffix(".proto").replace("/", ".") + "_pb2"),
        kind.input_type.name,
    )
    requests = [json_format.ParseDict(request, request_type()) for request in call["requests"]]
    sent = iter(requests) if kind.client_streaming else requests[0]
    metadata = (("authorization", f"Bearer {call['secret']}"),)
    outcome = {"messages": [], "refusal": None}
    try:
        answer = stub(sent, metadata=metadata)
        for message in answer if kind.server_streaming else [answer]:
            outcome["messages"].append(plain(message))
            if len(outcome["messages"]) == call["take"]:
                if kind.server_streaming:
                    answer.cancel()
                break
    except grpc.RpcError as refusal:
        status = rpc_status.from_call(refusal)
        assert status is not None, f"{refusal} comes without details"
        outcome["refusal"] = {
            "code": refusal.code().value[0],
            "message": refusal.details(),
            "details": [plain(detail) for detail in status.details],
        }
    return outcome


for line in sys.stdin:
    print(json.dumps(carry_out(json.loads(line))), flush=True)
