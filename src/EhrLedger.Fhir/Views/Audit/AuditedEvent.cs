using System.Text;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Views.Audit;

/// <summary>An organisation's node, as one end of what was done.</summary>
/// <param name="Did">did:key of the organisation.</param>
/// <param name="Address">URL; null where it was not recorded.</param>
public sealed record AuditedEnd(string Did, string? Address)
{
    /// <summary>Id of the application that the organisation has registered; null or empty where it is not known.</summary>
    public string? Client { get; init; }
}

/// <summary>Who asked, as the organisation's system has said.</summary>
/// <param name="Person">Empty for nobody in particular.</param>
/// <param name="Role">Empty for none.</param>
/// <param name="Purpose">Code of HL7 v3 PurposeOfUse.</param>
public sealed record AuditedAsker(string Person, string Role, string Purpose);

/// <summary>What happened to one patient's records, as an AuditEvent of IHE's Basic Audit Log Patterns where all is known that those ask for.</summary>
/// <param name="Id">Of the AuditEvent.</param>
/// <param name="Patient">Such as <c>Patient/1</c>, as the caller knows the patient.</param>
/// <param name="At">When.</param>
/// <param name="Client">Who asked or wrote.</param>
/// <param name="Server">Who answered or kept it.</param>
/// <param name="Observer">did:key of the organisation whose node has noted it.</param>
public sealed record AuditedEvent(string Id, string Patient, DateTimeOffset At, AuditedEnd Client, AuditedEnd Server, string Observer)
{
    /// <summary>A question that was answered.</summary>
    /// <param name="question">The request; null where it is not known.</param>
    /// <param name="asker">Who.</param>
    /// <param name="records">What was shown, or told to be there.</param>
    /// <param name="shown">False where nothing was shown.</param>
    public AuditEvent Asked(string? question, AuditedAsker asker, IReadOnlyList<ResourceReference> records, bool shown)
    {
        ArgumentNullException.ThrowIfNull(asker);
        ArgumentNullException.ThrowIfNull(records);
        if (question is not null && RecoveryAct.Parse(question) is { } act)
        {
            return Recovery(act, asker);
        }

        var interaction = question is null ? null : AskedInteraction.Parse(question);
        return interaction?.Kind switch
        {
            InteractionKind.Search => Searched(interaction.Code, question, asker, records),
            InteractionKind.Read => Read(interaction.Code, asker, records, shown),
            _ => Other(interaction, asker, records),
        };
    }

    /// <summary>A search. What flows is the question, from the client to the server: BALP's roles are the reverse of a read's.</summary>
    /// <param name="code">Of the interaction.</param>
    /// <param name="question">Null where it is not known: BALP asks for it, so that its profile is not claimed.</param>
    /// <param name="asker">Who.</param>
    /// <param name="records">What was shown, or told to be there.</param>
    public AuditEvent Searched(string code, string? question, AuditedAsker asker, IReadOnlyList<ResourceReference> records)
    {
        var made = Begin(AuditCodes.Rest, new Coding(AuditCodes.Interaction, code), AuditEvent.AuditEventAction.E, question is null ? null : "PatientQuery", "audit-search");
        made.Agent.AddRange([Agent(AuditCodes.Source, Client), Agent(AuditCodes.Destination, Server), .. User(AuditCodes.Recipient, asker)]);
        made.Entity.Add(new AuditEvent.EntityComponent { Type = AuditCodes.SystemObject, Role = AuditCodes.Query, Query = question is null ? null : Encoding.UTF8.GetBytes(question) });

        // The query's is the only system object: what it has found is told apart by another type.
        made.Entity.AddRange(records.Select(record => new AuditEvent.EntityComponent { What = record, Type = AuditCodes.OtherObject, Role = AuditCodes.Resource }));
        return Requested(made, asker);
    }

    /// <summary>A read. What flows is the record, from the server to the client.</summary>
    /// <param name="code">Of the interaction.</param>
    /// <param name="asker">Who.</param>
    /// <param name="records">One where it was a read of one: BALP asks for just one, so that for several its profile is not claimed.</param>
    /// <param name="shown">False where it was only told that there is, or was, something.</param>
    public AuditEvent Read(string code, AuditedAsker asker, IReadOnlyList<ResourceReference> records, bool shown)
    {
        ArgumentNullException.ThrowIfNull(records);
        var made = Begin(AuditCodes.Rest, new Coding(AuditCodes.Interaction, code), AuditEvent.AuditEventAction.R, shown && records.Count == 1 ? "PatientRead" : null, "audit-read");
        made.Agent.AddRange([Agent(AuditCodes.Destination, Client), Agent(AuditCodes.Source, Server), .. User(AuditCodes.Recipient, asker)]);
        made.Entity.AddRange(records.Select(Data));
        if (!shown)
        {
            (made.Outcome, made.OutcomeDesc) = (AuditEvent.AuditEventOutcome.N4, "Nothing was shown.");
        }

        return Requested(made, asker);
    }

    /// <summary>A version that was written. Whoever sent it, the organisation answers for it.</summary>
    /// <param name="record">The version.</param>
    /// <param name="change">What was done.</param>
    /// <param name="asker">Who has sent it; null where that was not recorded.</param>
    public AuditEvent Wrote(ResourceReference record, Provenances.RecordChange change, AuditedAsker? asker)
    {
        var (code, action, profile) = change switch
        {
            Provenances.RecordChange.Create => ("create", AuditEvent.AuditEventAction.C, "PatientCreate"),
            Provenances.RecordChange.Update => ("update", AuditEvent.AuditEventAction.U, "PatientUpdate"),
            Provenances.RecordChange.Delete => ("delete", AuditEvent.AuditEventAction.D, "PatientDelete"),
        };
        var made = Begin(AuditCodes.Rest, new Coding(AuditCodes.Interaction, code), action, profile, "audit-write");
        made.Agent.AddRange([Agent(AuditCodes.Source, Client), Agent(AuditCodes.Destination, Server), .. User(AuditCodes.Author, asker)]);
        if (change == Provenances.RecordChange.Delete)
        {
            // BALP has other words for the two ends of a delete.
            made.Agent[0].Type!.Coding.Add(AuditCodes.Application);
            made.Agent[1].Type!.Coding.Add(AuditCodes.Custodian);
        }

        made.Entity.Add(Data(record));
        return Requested(made, asker);
    }

    /// <summary>A grant, or its end.</summary>
    /// <param name="grant">The Consent.</param>
    /// <param name="ended">True for a revocation.</param>
    public AuditEvent Granted(ResourceReference grant, bool ended)
    {
        var made = Begin(
            AuditCodes.PatientRecord, new Coding(AuditCodes.Event, ended ? "revocation" : "grant"), ended ? AuditEvent.AuditEventAction.D : AuditEvent.AuditEventAction.C, null, "audit-event");
        made.Agent.Add(new AuditEvent.AgentComponent { Type = AuditCodes.Author, Who = new ResourceReference(Patient), Requestor = true });
        made.Agent.Add(new AuditEvent.AgentComponent { Type = AuditCodes.Recipient, Who = ViewTag.Organisation(Client.Did), Requestor = false });
        made.Entity.Add(Data(grant));
        if (ended)
        {
            made.Extension.Add(new Extension("urn:ehrledger:StructureDefinition:reason", new CodeableConcept("urn:ehrledger:reason", "revoked")));
        }

        made.Meta!.Profile = [AuditCodes.Own + "audit-event"];
        return made;
    }

    /// <summary>An emergency that the client has declared, or the patient's dispute of it.</summary>
    /// <param name="emergency">What its searches and reads name.</param>
    /// <param name="reason">Code of the emergency's reason; null for a dispute.</param>
    /// <param name="people">Who has asked for it, as far as that is known here.</param>
    public AuditEvent Emergency(ResourceReference emergency, string? reason, IReadOnlyList<AuditedAsker> people)
    {
        ArgumentNullException.ThrowIfNull(people);
        var made = Begin(
            AuditCodes.PatientRecord, new Coding(AuditCodes.Event, reason is null ? "dispute" : "emergency"), reason is null ? AuditEvent.AuditEventAction.U : AuditEvent.AuditEventAction.E, null, "audit-event");
        if (reason is null)
        {
            made.Agent.Add(new AuditEvent.AgentComponent { Type = AuditCodes.Author, Who = new ResourceReference(Patient), Requestor = true });
            made.Agent.Add(new AuditEvent.AgentComponent { Type = AuditCodes.Recipient, Who = ViewTag.Organisation(Client.Did), Requestor = false });
        }
        else
        {
            made.Subtype.Add(AuditCodes.EmergencyOverride);
            made.PurposeOfEvent = [AuditCodes.Purpose("BTG"), AuditCodes.Purpose("ETREAT")];
            made.Extension.Add(new Extension("urn:ehrledger:StructureDefinition:reason", new CodeableConcept("urn:ehrledger:reason", reason)));
            made.Agent.AddRange([Agent(AuditCodes.Destination, Client), Agent(AuditCodes.Source, Server), .. people.SelectMany(person => User(AuditCodes.Recipient, person))]);
            made.Agent[0].Requestor = made.Agent.TrueForAll(agent => agent.Requestor != true);
        }

        made.Entity.Add(Data(emergency));
        made.Meta!.Profile = [AuditCodes.Own + "audit-event"];
        return made;
    }

    /// <summary>Staff have begun, or confirmed, that a new phone gets this organisation's help as a guardian.</summary>
    /// <param name="act">What.</param>
    /// <param name="asker">Who.</param>
    public AuditEvent Recovery(RecoveryAct act, AuditedAsker asker)
    {
        ArgumentNullException.ThrowIfNull(act);
        var made = Begin(AuditCodes.PatientRecord, new Coding(AuditCodes.Event, act.IsApproval ? "recovery-approved" : "recovery-begun"), AuditEvent.AuditEventAction.E, null, "audit-event");
        made.Agent.AddRange([Agent(AuditCodes.Destination, Client), Agent(AuditCodes.Source, Server), .. User(AuditCodes.Author, asker)]);
        made.Entity[0].Detail.Add(new AuditEvent.DetailComponent { Type = "code", Value = new FhirString(act.Code) });
        made.Entity[0].Detail.Add(new AuditEvent.DetailComponent { Type = "identified", Value = new FhirString(act.How) });
        made.Meta!.Profile = [AuditCodes.Own + "audit-event"];
        return Requested(made, asker);
    }

    private AuditEvent Other(AskedInteraction? interaction, AuditedAsker asker, IReadOnlyList<ResourceReference> records)
    {
        var action = interaction?.Action switch
        {
            'C' => AuditEvent.AuditEventAction.C,
            'U' => AuditEvent.AuditEventAction.U,
            'D' => AuditEvent.AuditEventAction.D,
            'E' => AuditEvent.AuditEventAction.E,
            _ => AuditEvent.AuditEventAction.R,
        };

        // What was asked is not known of all: then it is an access, and no more is said.
        var made = Begin(AuditCodes.Rest, interaction is null ? new Coding(AuditCodes.Lifecycle, "access") : new Coding(AuditCodes.Interaction, interaction.Code), action, null, "audit-event");
        made.Agent.AddRange([Agent(AuditCodes.Destination, Client), Agent(AuditCodes.Source, Server), .. User(AuditCodes.Recipient, asker)]);
        made.Entity.AddRange(records.Select(Data));
        made.Meta!.Profile = [AuditCodes.Own + "audit-event"];
        return Requested(made, asker);
    }

    private AuditEvent Begin(Coding type, Coding subtype, AuditEvent.AuditEventAction action, string? profile, string own) => new()
    {
        Id = Id,
        Meta = ViewTag.Meta(At, profile is null ? [] : [AuditCodes.Profiles + profile, AuditCodes.Own + own]),
        Type = type,
        Subtype = [subtype],
        Action = action,
        Recorded = At,
        Outcome = AuditEvent.AuditEventOutcome.N0,
        Source = new AuditEvent.SourceComponent { Observer = ViewTag.Organisation(Observer), Type = [new Coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")] },
        Entity = [new AuditEvent.EntityComponent { What = new ResourceReference(Patient), Type = AuditCodes.Person, Role = AuditCodes.Patient }],
    };

    // Exactly one agent has asked: the person, where one is named.
    private static AuditEvent Requested(AuditEvent made, AuditedAsker? asker)
    {
        made.PurposeOfEvent = asker is null ? [] : [AuditCodes.Purpose(asker.Purpose)];
        made.Agent[0].Requestor = made.Agent.TrueForAll(agent => agent.Requestor != true);
        return made;
    }

    private static IEnumerable<AuditEvent.AgentComponent> User(CodeableConcept type, AuditedAsker? asker) => asker is null || asker.Person.Length + asker.Role.Length == 0 ? [] :
    [
        new AuditEvent.AgentComponent
        {
            Type = type,
            Who = asker.Person.Length == 0 ? Absent(new ResourceReference()) : new ResourceReference { Display = asker.Person },
            Name = asker.Person.Length == 0 ? null : asker.Person,
            Role = asker.Role.Length == 0 ? [] : [new CodeableConcept { Text = asker.Role }],
            Requestor = true,
            PurposeOfUse = [AuditCodes.Purpose(asker.Purpose)],
        },
    ];

    private static AuditEvent.AgentComponent Agent(CodeableConcept type, AuditedEnd end) => new()
    {
        Type = type,
        Who = string.IsNullOrEmpty(end.Client) ? ViewTag.Organisation(end.Did) : new ResourceReference { Identifier = new Identifier("urn:ehrledger:client", end.Client) },
        Requestor = false,
        Network = new AuditEvent.NetworkComponent
        {
            AddressElement = end.Address is null ? Absent(new FhirString()) : new FhirString(end.Address),
            Type = end.Address is null ? null : AuditEvent.AuditEventAgentNetworkType.N5,
        },
    };

    private static AuditEvent.EntityComponent Data(ResourceReference record) => new() { What = record, Type = AuditCodes.SystemObject, Role = AuditCodes.Resource };

    private static T Absent<T>(T element)
        where T : DataType
    {
        element.Extension.Add(new Extension("http://hl7.org/fhir/StructureDefinition/data-absent-reason", new Code("unknown")));
        return element;
    }
}
