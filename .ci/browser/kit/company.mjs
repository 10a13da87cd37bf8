// The companies of the stories, each with its own number and its own domain, so that no mail is taken for another's.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

export const INTEGRATOR = 'lonebyran';
export const INTEGRATOR_DOMAIN = 'lonebyran.example';
const NAMES = [
  'Ekströms Måleri AB',
  'Västerås Verkstad AB',
  'Björk & Söner Åkeri AB',
  'Norrsken Café HB',
  'Stiftelsen Öresunds Förskolor',
];

/** The integrator of all stories, and agreements whose new versions concern nobody else: one for each language. */
export async function setTheStage(server) {
  await server.tell('OPERATOR', 'IntegratorService/CreateIntegrator', {
    integrator_id: INTEGRATOR,
    display_name: 'Lönebyrån i Norr AB',
    organisation_number: '559999-9017',
    kind: 'INTEGRATOR_KIND_PAYROLL_BUREAU',
    email_domains: [INTEGRATOR_DOMAIN],
  });
  const titles = {
    INVOICE: ['fakturor', 'invoices'],
    LETTER: ['brev', 'letters'],
    FORM: ['blanketter', 'forms'],
    OTHER: ['annan post', 'other mail'],
  };
  for (const [type, [sv, en]] of Object.entries(titles)) {
    await server.tell('OPERATOR', 'AgreementService/CreateAgreement', {
      agreement_id: dpa(type),
      kind: 'AGREEMENT_KIND_DPA',
      content_types: [`CONTENT_TYPE_${type}`],
      enforcement: 'ENFORCEMENT_REQUIRED',
      titles: [
        { language: 'sv', text: `Personuppgiftsbiträdesavtal för ${sv}` },
        { language: 'en', text: `Data processing agreement for ${en}` },
      ],
    });
    await publish(server, type, '1');
  }
}

export const dpa = (type) => `dpa-${type.toLowerCase()}`;

/** Publishes a MAJOR version, in force at once, to be accepted within 30 days. */
export async function publish(server, type, version) {
  const request = {
    agreement_id: dpa(type),
    version,
    change_class: 'CHANGE_CLASS_MAJOR',
    reacceptance_grace: '2592000s',
    documents: [
      {
        language: 'sv',
        markdown: `# Avtal om ${type}\n\n## 1. Uppdraget\n\nVi förmedlar det som ni skickar. Det här är version ${version}.\n`,
      },
      {
        language: 'en',
        markdown: `# Agreement on ${type}\n\n## 1. The task\n\nWe deliver what you send. This is version ${version}.\n`,
      },
    ],
    specification: {
      purpose: [
        { language: 'sv', text: 'Att förmedla post' },
        { language: 'en', text: 'To deliver mail' },
      ],
      personal_data_categories: [
        {
          texts: [
            { language: 'sv', text: 'Namn och adress' },
            { language: 'en', text: 'Name and address' },
          ],
        },
      ],
      data_subject_categories: [
        {
          texts: [
            { language: 'sv', text: 'Mottagarna' },
            { language: 'en', text: 'The recipients' },
          ],
        },
      ],
      processing_places: [{ country: 'SE', description: [] }],
      undelivered_retention_days: 390,
      support_retention_days: 75,
      sub_processors: [],
    },
  };
  const { impact } = await server.ask('OPERATOR', 'AgreementService/PublishAgreementVersion', {
    ...request,
    request_id: randomUUID(),
    validate_only: true,
  });
  return server.tell('OPERATOR', 'AgreementService/PublishAgreementVersion', {
    ...request,
    acknowledged_denials: impact?.deniedSendersTotal ?? 0,
  });
}

let made = 0;

export class Company {
  static async make(server, lang, { type = 'PAYSLIP', invite = {}, contact = true } = {}) {
    const company = new Company();
    made += 1;
    const number = legal(558800000 + made * 7);
    const domain = `foretag${made}.example`;
    Object.assign(company, {
      server,
      lang,
      type,
      number,
      domain,
      name: NAMES[made % NAMES.length],
      reference: `K-${1000 + made}`,
      recipient: `maria.lind@${domain}`,
      contact: `dataskydd@${domain}`,
      person: {
        full_name: 'Maria Lind-Öberg',
        role: lang === 'sv' ? 'Ekonomichef' : 'Finance manager',
        email: `maria.lind@${domain}`,
        authority_basis: 'POSITION',
      },
    });
    const registered = await server.tell('INTEGRATOR', 'SenderService/RegisterSender', {
      organisation_number: number,
      legal_name: company.name,
      external_reference: company.reference,
      content_types: [`CONTENT_TYPE_${type}`],
      ...(contact ? { contact_point: { email: company.contact } } : {}),
      ...(invite ? { invitation: { recipient_email: company.recipient, language: lang, ...invite } } : {}),
    });
    company.invitation = registered.invitation?.invitationId;
    company.checkCode = registered.invitation?.checkCode;
    company.senderId = registered.senderId;
    if (invite) company.mail = await company.invited();
    company.link = company.mail?.link;
    return company;
  }

  /** The next invitation to one of its addresses. */
  invited(address = this.recipient) {
    return this.server.mail.to(address, 'invitation');
  }

  /** The next confirmation. */
  confirmed(address = this.person.email) {
    return this.server.mail.to(address, 'confirmation');
  }

  /** Invites anew, and gives the new link. */
  async invite(more = {}) {
    const made = await this.server.tell('INTEGRATOR', 'AcceptanceService/CreateInvitation', {
      external_reference: this.reference,
      recipient_email: this.recipient,
      language: this.lang,
      ...more,
    });
    this.invitation = made.invitationId;
    return (await this.invited()).link;
  }

  async invitationNow(id = this.invitation) {
    return (await this.server.ask('INTEGRATOR', 'AcceptanceService/GetInvitation', { invitation_id: id })).invitation;
  }

  /** What the gate says, without what differs from question to question. */
  async gate() {
    const answer = await this.server.ask('GATEWAY', 'GateService/CheckSend', this.question());
    const denies = answer.reasons
      .filter((reason) => reason.severity === 'SEVERITY_DENY')
      .map((reason) => reason.code.replace('REASON_', ''));
    return {
      decision: answer.decision.replace('DECISION_', ''),
      denies,
      reasons: answer.reasons,
      handling: answer.handling,
    };
  }

  question() {
    return { organisation_number: this.number, integrator_id: INTEGRATOR, content_type: `CONTENT_TYPE_${this.type}` };
  }

  explain() {
    return this.server.ask('OPERATOR', 'GateService/ExplainSend', this.question());
  }

  async standings() {
    return (
      await this.server.ask('INTEGRATOR', 'AcceptanceService/GetAcceptanceStatus', {
        external_reference: this.reference,
      })
    ).agreements;
  }

  async acceptances() {
    return (
      await this.server.ask('INTEGRATOR', 'AcceptanceService/ListAcceptances', { external_reference: this.reference })
    ).acceptances;
  }

  /** Records an acceptance of everything on the integrator's word. */
  async attest() {
    const documents = [];
    for (const agreement_id of ['general-terms', dpa(this.type)]) {
      const { agreement } = await this.server.ask('INTEGRATOR', 'AgreementService/GetAgreement', { agreement_id });
      const version = agreement.versionInForce;
      const document = await this.server.ask('INTEGRATOR', 'AgreementService/GetAgreementDocument', {
        agreement_id,
        version,
        language: this.lang,
      });
      documents.push({
        agreement_id,
        version,
        language: this.lang,
        document_sha256: document.documentSha256,
        specification_sha256: document.specificationSha256,
      });
    }
    const { authority_basis, ...person } = this.person;
    return this.server.tell('INTEGRATOR', 'AcceptanceService/RecordAcceptance', {
      external_reference: this.reference,
      documents,
      authority_declared: true,
      method: 'ACCEPTANCE_METHOD_INTEGRATOR_FORM',
      signatories: [{ ...person, authority_basis: `AUTHORITY_BASIS_${authority_basis}` }],
      evidence: [
        {
          kind: 'EVIDENCE_KIND_CLICK_RECORD',
          sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        },
      ],
    });
  }

  /** The gate must say this. */
  async mustBe(decision) {
    const gate = await this.gate();
    assert.equal(gate.decision, decision, `the gate says ${gate.decision} ${gate.denies.join(' ')}`);
    return gate;
  }
}

/** Nine digits with their check digit. */
function legal(nine) {
  const digits = [...String(nine)].map(Number);
  const sum = digits.reduce((sum, digit, place) => {
    const doubled = place % 2 === 0 ? digit * 2 : digit;
    return sum + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${digits.join('')}${(10 - (sum % 10)) % 10}`;
}
