"""The story, told by a Python client: an integrator registers a company, the gateway is denied with a remedy, the sender's
acceptance is recorded, the gateway is allowed.

    python_story.py --generated DIR    stubs made by grpcio-tools from proto/ lie in DIR
    python_story.py --reflection       no proto at all: everything is learnt from the server

Environment: STORY_ADDRESS, STORY_TOKEN_OPERATOR, STORY_TOKEN_INTEGRATOR, STORY_TOKEN_GATEWAY,
STORY_TOKEN_AUDITOR, STORY_INTEGRATOR (the slug in the integrator's token), STORY_SAMPLES (the folder of the sample agreements).
The ledger must be empty. Exit code 0 only if every answer was as expected.
"""

import argparse
import hashlib
import importlib
import json
import os
import pathlib
import sys
import uuid

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory

PACKAGE = "ombord.v1"


class Generated:
    """Calls through the classes that grpcio-tools generated."""

    def __init__(self, channel, folder):
        sys.path.insert(0, folder)
        self.channel = channel
        self.stubs = {}

    def method(self, service, method):
        if service not in self.stubs:
            name = f"{PACKAGE}.{module_name(service)}"
            messages = importlib.import_module(f"{name}_pb2")
            stubs = importlib.import_module(f"{name}_pb2_grpc")
            self.stubs[service] = (messages, getattr(stubs, f"{service}Stub")(self.channel))
        messages, stub = self.stubs[service]
        descriptor = messages.DESCRIPTOR.services_by_name[service].methods_by_name[method]
        return message_factory.GetMessageClass(descriptor.input_type), getattr(stub, method)


class Reflection:
    """Calls through what the server says of itself."""

    def __init__(self, channel):
        from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

        self.channel = channel
        database = ProtoReflectionDescriptorDatabase(channel)
        self.services = set(database.get_services())
        self.pool = descriptor_pool.DescriptorPool(database)

    def method(self, service, method):
        full_name = f"{PACKAGE}.{service}"
        assert full_name in self.services, f"{full_name} is not among {sorted(self.services)}"
        descriptor = self.pool.FindServiceByName(full_name).FindMethodByName(method)
        request = message_factory.GetMessageClass(descriptor.input_type)
        response = message_factory.GetMessageClass(descriptor.output_type)
        call = self.channel.unary_unary(
            f"/{full_name}/{method}",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )
        return request, call


def module_name(service):
    """GateService -> gate_service"""
    return "".join("_" + c.lower() if c.isupper() else c for c in service).lstrip("_")


class Client:
    """One caller with one token. Requests and answers are protobuf's JSON, so that both modes share the story."""

    def __init__(self, door, role):
        self.door = door
        self.role = role
        self.token = os.environ[f"STORY_TOKEN_{role}"]

    def __call__(self, rpc, **fields):
        service, method = rpc.split("/")
        request_class, call = self.door.method(service, method)
        request = json_format.ParseDict(fields, request_class())
        answer = call(request, timeout=10, metadata=[("authorization", f"Bearer {self.token}")])
        print(f"  {self.role.lower():<10} {rpc}")
        return json_format.MessageToDict(
            answer, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: wanted {wanted!r}, got {got!r}")
    print(f"             {what}: {got}")


def text(language_to_text):
    return [{"language": language, "text": text} for language, text in language_to_text.items()]


def publish(operator, agreement_id, samples):
    """Publishes the sample of that name as its first version, as shown by validate_only to deny nobody."""
    version = {
        "agreement_id": agreement_id,
        "version": "1",
        "documents": [
            {"language": language, "markdown": (samples / f"{agreement_id}.{language}.md").read_text(encoding="utf-8")}
            for language in ("sv", "en")
        ],
        "specification": json.loads((samples / f"{agreement_id}.spec.json").read_text(encoding="utf-8")),
        "change_class": "CHANGE_CLASS_MAJOR",
        "reacceptance_grace": "2592000s",
    }
    rpc = "AgreementService/PublishAgreementVersion"
    shown = operator(rpc, request_id=str(uuid.uuid4()), validate_only=True, **version)
    expect("senders it would deny", shown["impact"]["denied_senders_total"], 0)
    expect(f"{agreement_id} published", operator(rpc, request_id=str(uuid.uuid4()), **version)["changed"], True)


def read_before_accepting(integrator, agreement_id):
    """What an authorised person is shown, and its digests; the client reckons the text's digest itself."""
    document = integrator("AgreementService/GetAgreementDocument", agreement_id=agreement_id, version="1", language="sv")
    digest = hashlib.sha256(document["markdown"].encode()).hexdigest()
    expect(f"digest of {agreement_id}", document["document_sha256"], digest)
    version = integrator("AgreementService/GetAgreementVersion", agreement_id=agreement_id, version="1")
    annex = hashlib.sha256(version["specification_canonical_json"].encode()).hexdigest()
    expect("digest of its specification", document["specification_sha256"], annex)
    return {
        "agreement_id": agreement_id,
        "version": "1",
        "language": "sv",
        "document_sha256": digest,
        "specification_sha256": annex,
    }


def story(door):
    operator, integrator = Client(door, "OPERATOR"), Client(door, "INTEGRATOR")
    gateway, auditor = Client(door, "GATEWAY"), Client(door, "AUDITOR")
    slug = os.environ["STORY_INTEGRATOR"]
    samples = pathlib.Path(os.environ["STORY_SAMPLES"])

    print("The operator creates an integrator and publishes its agreements")
    created = operator(
        "IntegratorService/CreateIntegrator",
        request_id=str(uuid.uuid4()),
        integrator_id=slug,
        display_name="Lönebyrån i Västerås",
        organisation_number="556012-5790",
        kind="INTEGRATOR_KIND_PAYROLL_BUREAU",
        email_domains=["lonebyran.example"],
    )
    expect("integrator", created["state"], "INTEGRATOR_STATE_ACTIVE")
    for agreement_id, kind, content_types, titles in (
        ("general-terms", "AGREEMENT_KIND_GENERAL_TERMS", [], {"sv": "Allmänna villkor", "en": "General terms"}),
        (
            "dpa-payslip",
            "AGREEMENT_KIND_DPA",
            ["CONTENT_TYPE_PAYSLIP"],
            {"sv": "Personuppgiftsbiträdesavtal för lönebesked", "en": "Data processing agreement for payslips"},
        ),
    ):
        operator(
            "AgreementService/CreateAgreement",
            request_id=str(uuid.uuid4()),
            agreement_id=agreement_id,
            kind=kind,
            titles=text(titles),
            content_types=content_types,
            enforcement="ENFORCEMENT_REQUIRED",
        )
        publish(operator, agreement_id, samples)

    def ask(after):
        return gateway(
            "GateService/CheckSend",
            organisation_number="556016-0680",
            integrator_id=slug,
            content_type="CONTENT_TYPE_PAYSLIP",
            at_least_revision=after["revision"],
            ledger_id=after["ledger_id"],
        )

    print("The integrator registers a company; nothing shows yet that the company wants that")
    registered = integrator(
        "SenderService/RegisterSender",
        request_id=str(uuid.uuid4()),
        organisation_number="SE556016068001",
        legal_name="Telefonaktiebolaget LM Ericsson",
        external_reference="K-1001",
        content_types=["CONTENT_TYPE_PAYSLIP"],
        contact_point={"email": "dataskydd@avsandare.example"},
    )
    expect("outcome", registered["outcome"], "REGISTRATION_OUTCOME_CREATED")
    answer = ask(registered)
    expect("decision", answer["decision"], "DECISION_DENY")
    expect("alone", [r["code"] for r in answer["reasons"]], ["REASON_CONNECTION_NOT_CONFIRMED"])

    print("The company's instruction confirms the connection; no agreement is accepted")
    confirmed = integrator(
        "SenderService/ConfirmConnection",
        request_id=str(uuid.uuid4()),
        external_reference="K-1001",
        evidence=[{"kind": "EVIDENCE_KIND_INSTRUCTION", "sha256": hashlib.sha256(b"instruction").hexdigest()}],
    )
    answer = ask(confirmed)
    expect("decision", answer["decision"], "DECISION_DENY")
    expect("advice", answer["advice"], "ADVICE_HOLD")
    expect(
        "reasons",
        [(r["code"], r["agreement_id"]) for r in answer["reasons"] if r["severity"] == "SEVERITY_DENY"],
        [("REASON_AGREEMENT_NOT_ACCEPTED", "general-terms"), ("REASON_AGREEMENT_NOT_ACCEPTED", "dpa-payslip")],
    )
    expect(
        "remedy",
        answer["reasons"][0]["remedy"],
        {"actor": "REMEDY_ACTOR_SENDER", "action": "REMEDY_ACTION_ACCEPT_AGREEMENT"},
    )

    print("An authorised person accepts both; the integrator records it, twice with one request_id")
    acceptance = {
        "request_id": str(uuid.uuid4()),
        "external_reference": "K-1001",
        "documents": [read_before_accepting(integrator, a) for a in ("general-terms", "dpa-payslip")],
        "signatories": [
            {
                "full_name": "Åsa Ölmeback",
                "role": "Ekonomichef",
                "email": "asa.olmeback@avsandare.example",
                "authority_basis": "AUTHORITY_BASIS_AUTHORISED_SIGNATORY",
            }
        ],
        "authority_declared": True,
        "method": "ACCEPTANCE_METHOD_INTEGRATOR_FORM",
        "evidence": [{"kind": "EVIDENCE_KIND_CLICK_RECORD", "sha256": hashlib.sha256(b"click").hexdigest()}],
        "contact_point": {"email": "dataskydd@avsandare.example"},
        "retroactive_delivery": True,
    }
    accepted = integrator("AcceptanceService/RecordAcceptance", **acceptance)
    expect("assurance", {a["assurance"] for a in accepted["acceptances"]}, {"ASSURANCE_INTEGRATOR_ATTESTED"})
    expect("the same again", integrator("AcceptanceService/RecordAcceptance", **acceptance) == accepted, True)

    print("The gateway asks once more")
    answer = ask(accepted)
    expect("decision", answer["decision"], "DECISION_ALLOW")
    expect("reasons", answer["reasons"], [])
    expect("handling", answer["handling"], {"undelivered_retention_days": 390, "support_retention_days": 75})

    print("The auditor reads the ledger and reckons every leaf")
    ledger = auditor("LedgerService/ListEntries", page_size=1000)
    entries = ledger["entries"]
    expect("gaps", [int(e["revision"]) for e in entries] == list(range(1, int(ledger["revision"]) + 1)), True)
    wrong = [
        e["revision"]
        for e in entries
        if hashlib.sha256(b"\0" + e["canonical_json"].encode()).hexdigest() != e["leaf_hash"]
    ]
    expect("leaves that differ", wrong, [])
    whole = json.dumps(entries, ensure_ascii=False)
    expect("persons in it", [p for p in ("lmeback", "avsandare.example") if p in whole], [])

    print("Somebody without a token asks")
    try:
        request, call = door.method("GateService", "CheckSend")
        call(request(), timeout=10)
        sys.exit("a call without a token was answered")
    except grpc.RpcError as error:
        expect("code", error.code(), grpc.StatusCode.UNAUTHENTICATED)


def main():
    arguments = argparse.ArgumentParser()
    mode = arguments.add_mutually_exclusive_group(required=True)
    mode.add_argument("--generated", metavar="DIR")
    mode.add_argument("--reflection", action="store_true")
    arguments = arguments.parse_args()
    with grpc.insecure_channel(os.environ["STORY_ADDRESS"]) as channel:
        story(Reflection(channel) if arguments.reflection else Generated(channel, arguments.generated))
    print("as expected")


if __name__ == "__main__":
    main()
