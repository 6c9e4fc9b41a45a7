"""The main job driven by a client that nobody here wrote: grpcio, its types made from our proto.

client.py PROTO_FOLDER WORK_FOLDER ADDRESS OPERATOR_TOKEN
"""

import importlib
import pathlib
import sys

import grpc
from grpc_tools import protoc

proto, work, address, operator = sys.argv[1:]
files = sorted(str(path) for path in pathlib.Path(proto).rglob("*.proto"))
well_known = str(pathlib.Path(protoc.__file__).parent / "_proto")
code = protoc.main(
    ["protoc", f"-I{proto}", f"-I{well_known}", f"--python_out={work}", f"--grpc_python_out={work}", *files]
)
assert code == 0, "protoc refuses the proto files"
sys.path.insert(0, work)


def module(name):
    return importlib.import_module(f"askonce.v1.{name}")


channel = grpc.insecure_channel(address)


def bearer(token):
    return (("authorization", f"Bearer {token}"),)


registry = module("registry_service_pb2_grpc").RegistryServiceStub(channel)
registry_types = module("registry_service_pb2")
organisation = registry_types.OrganisationRow(
    id="sefton-council", name="Sefton", kind=registry_types.ORGANISATION_KIND_COUNCIL
)
request = registry_types.ImportOrganisationsRequest(index=1, row=organisation)
(result,) = registry.ImportOrganisations(iter([request]), metadata=bearer(operator))
assert result.outcome == registry_types.IMPORT_OUTCOME_ADDED, result
home = registry_types.HomeRow(cqc_id="1-466088203", name="Rowan House", area_code="E08000014")
request = registry_types.ImportHomesRequest(index=1, row=home)
(result,) = registry.ImportHomes(iter([request]), metadata=bearer(operator))
assert result.outcome == registry_types.IMPORT_OUTCOME_ADDED, result

tokens = module("token_service_pb2_grpc").TokenServiceStub(channel)
token_types = module("token_service_pb2")
requester = tokens.IssueToken(
    token_types.IssueTokenRequest(
        label="council", role=token_types.ROLE_REQUESTER, organisation="organisations/sefton-council"
    ),
    metadata=bearer(operator),
).secret
manager = tokens.IssueToken(
    token_types.IssueTokenRequest(label="manager", role=token_types.ROLE_HOME, homes=["homes/1-466088203"]),
    metadata=bearer(operator),
).secret

asks = module("ask_service_pb2_grpc").AskServiceStub(channel)
ask_types, ask_service, field_types = module("ask_pb2"), module("ask_service_pb2"), module("field_pb2")
ask = ask_types.Ask(
    organisation="organisations/sefton-council",
    ask="daily",
    purpose="mutual aid",
    legal_basis="6(1)(e)",
    periods=["2020-06-03"],
    targets=ask_types.Targets(homes=["homes/1-466088203"]),
    fields=[
        field_types.Field(name="B2", label="Beds filled", type=field_types.FIELD_TYPE_COUNT, timing="as-at"),
        field_types.Field(
            name="D6", label="Agency cover", type=field_types.FIELD_TYPE_QUANTITY, unit="{shift-12h}",
            decimals=2, timing="during",
        ),
    ],
)
submitted = asks.SubmitAsk(ask_service.SubmitAskRequest(ask=ask), metadata=bearer(requester)).ask
assert submitted.name == "organisations/sefton-council/asks/daily", submitted

forms = module("form_service_pb2_grpc").FormServiceStub(channel)
form_service, values = module("form_service_pb2"), module("value_pb2")
name = "homes/1-466088203/forms/2020-06-03"
form = forms.GetForm(form_service.GetFormRequest(name=name), metadata=bearer(manager)).form
by_field = {entry.demands[0].field: entry for entry in form.entries}
answers = [
    values.Answer(entry=by_field["B2"].id, number="31"),
    values.Answer(entry=by_field["D6"].id, number="90", unit="min"),
]
sent = forms.SubmitAnswers(
    form_service.SubmitAnswersRequest(name=name, template=form.summary.template, answers=answers),
    metadata=bearer(manager),
)
assert sent.receipt.name.startswith(name), sent

collection = module("collection_service_pb2_grpc").CollectionServiceStub(channel)
collection_service = module("collection_service_pb2")
request = collection_service.ListDeliveriesRequest(parent=submitted.name)
delivered = collection.ListDeliveries(request, metadata=bearer(requester)).deliveries
received = {row.field: row.value.number.total for row in delivered}
assert received == {"B2": "31", "D6": "0.12"}, received

ask.fields[0].label = ""
try:
    asks.SubmitAsk(ask_service.SubmitAskRequest(ask=ask), metadata=bearer(requester))
    raise SystemExit("a field without a label was accepted")
except grpc.RpcError as refusal:
    assert refusal.code() == grpc.StatusCode.INVALID_ARGUMENT, refusal
    details = dict(refusal.trailing_metadata())["grpc-status-details-bin"]
    assert b"ask.fields[0].label" in details, details
print("the main job is done")
