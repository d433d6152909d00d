using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.Access;

/// <summary>
/// The access log as FHIR, to take to whoever reads that: a Bundle of type <c>collection</c> with an AuditEvent for each line, of the profile <c>urn:ehrledger:StructureDefinition:audit-event</c> that nodes make theirs of too. What a node knows and
/// the patient doesn't is not in it: addresses, applications, the words of a search. An organisation that has not been proven is named, and not identified.
/// </summary>
/// <remarks>Source: https://hl7.org/fhir/R4/auditevent.html; the codes are those of IHE's Basic Audit Log Patterns 1.1.</remarks>
public static class AccessLogBundle
{
    private const string Dicom = "http://dicom.nema.org/resources/ontology/DCM";
    private const string EntityType = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
    private const string ObjectRole = "http://terminology.hl7.org/CodeSystem/object-role";

    /// <summary>UTF-8.</summary>
    /// <param name="events">In the order wanted.</param>
    /// <param name="nameOf">What an organisation is called.</param>
    /// <param name="now">Goes into <c>timestamp</c>.</param>
    public static byte[] Of(IEnumerable<AccessEvent> events, Func<OrganisationId, string> nameOf, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(nameOf);
        var bundle = new JsonObject { ["resourceType"] = "Bundle", ["type"] = "collection", ["timestamp"] = Instant(now) };
        Put(bundle, "entry", events.Select(seen => new JsonObject { ["resource"] = AuditEvent(seen, nameOf) }));
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            bundle.WriteTo(writer);
        }

        return buffer.ToArray();
    }

    private static JsonObject AuditEvent(AccessEvent seen, Func<OrganisationId, string> nameOf)
    {
        var isSearch = seen.Kind is AccessKind.Searched or AccessKind.EmergencySearched;
        var isDeclared = seen.Kind == AccessKind.EmergencyDeclared;
        var made = new JsonObject { ["resourceType"] = "AuditEvent", ["meta"] = new JsonObject { ["profile"] = new JsonArray("urn:ehrledger:StructureDefinition:audit-event") } };
        if (seen.Index is { } index)
        {
            var number = new JsonObject { ["url"] = "index", ["valueString"] = index.ToString(CultureInfo.InvariantCulture) };
            made["extension"] = new JsonArray(new JsonObject { ["url"] = "urn:ehrledger:StructureDefinition:anchor", ["extension"] = new JsonArray(number) });
        }

        made["type"] = isDeclared ? Coding(Dicom, "110110") : Coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest");
        made["subtype"] = isDeclared
            ? new JsonArray(Coding("urn:ehrledger:event", "emergency"), Coding(Dicom, "110127"))
            : new JsonArray(Coding("http://hl7.org/fhir/restful-interaction", isSearch ? "search-type" : "read"));
        made["action"] = isSearch || isDeclared ? "E" : "R";
        if (seen.Time is { } time)
        {
            made["recorded"] = Instant(time);
        }
        else
        {
            // FHIR asks for a time; what is not final yet has none.
            var absent = new JsonObject { ["url"] = "http://hl7.org/fhir/StructureDefinition/data-absent-reason", ["valueCode"] = "temp-unknown" };
            made["_recorded"] = new JsonObject { ["extension"] = new JsonArray(absent) };
        }

        made["outcome"] = "0";
        string[] purposes = isDeclared ? ["BTG", "ETREAT"] : seen.Purpose is { } purpose ? [purpose.Code] : [];
        Put(made, "purposeOfEvent", purposes.Select(code => Concept("http://terminology.hl7.org/CodeSystem/v3-ActReason", code)));
        Put(made, "agent", Agents(seen, isSearch, nameOf));
        made["source"] = new JsonObject { ["observer"] = Organisation(seen.Author, nameOf) };
        Put(made, "entity", Entities(seen, isSearch));
        return made;
    }

    private static IEnumerable<JsonObject> Agents(AccessEvent seen, bool isSearch, Func<OrganisationId, string> nameOf)
    {
        // A question flows from who asks to who answers, a record the other way.
        var (asking, answering) = isSearch ? ("110153", "110152") : ("110152", "110153");
        var hasPerson = seen.Person.Length + seen.Role.Length > 0;
        var who = seen.Organisation is not { } organisation ? Named("Organization", "Not known")
            : seen.OrganisationProven ? Organisation(organisation, nameOf)
            : Named("Organization", $"{nameOf(organisation)} (not proven)");
        yield return Agent(Concept(Dicom, asking), who, isRequestor: !hasPerson);
        yield return Agent(Concept(Dicom, answering), Organisation(seen.Author, nameOf), isRequestor: false);
        if (hasPerson)
        {
            var person = Agent(Concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"), Named(null, seen.Person.Length > 0 ? seen.Person : seen.Role), isRequestor: true);
            Put(person, "role", seen.Role.Length > 0 ? [new JsonObject { ["text"] = seen.Role }] : []);
            yield return person;
        }

        if (seen.GrantedBy is { } by)
        {
            yield return Agent(Concept("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "DELEGATEE"), Named(null, by.Length > 0 ? by : AccessEvent.SomeDelegate), isRequestor: false);
        }

        foreach (var release in seen.Releases)
        {
            yield return Agent(Concept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian"), Organisation(release.Custodian, nameOf), isRequestor: false);
        }
    }

    private static IEnumerable<JsonObject> Entities(AccessEvent seen, bool isSearch)
    {
        yield return Entity("1", "1", Named("Patient", "The holder of the wallet that this is from"));
        if (isSearch)
        {
            yield return Entity("2", "24", null);
        }

        foreach (var record in seen.Records)
        {
            var what = Named(null, $"Version {record.Version.ToString(CultureInfo.InvariantCulture)}");
            what["identifier"] = new JsonObject { ["system"] = "urn:ehrledger:record", ["value"] = record.Record.ToString() };
            yield return Entity(isSearch ? "4" : "2", "4", what);
        }
    }

    private static JsonObject Agent(JsonObject type, JsonObject who, bool isRequestor) => new() { ["type"] = type, ["who"] = who, ["requestor"] = isRequestor };

    private static JsonObject Entity(string type, string role, JsonObject? what)
    {
        var entity = new JsonObject { ["type"] = Coding(EntityType, type), ["role"] = Coding(ObjectRole, role) };
        if (what is not null)
        {
            entity["what"] = what;
        }

        return entity;
    }

    private static JsonObject Organisation(OrganisationId organisation, Func<OrganisationId, string> nameOf)
    {
        var reference = Named("Organization", nameOf(organisation));
        reference["identifier"] = new JsonObject { ["system"] = "urn:ietf:rfc:3986", ["value"] = organisation.ToString() };
        return reference;
    }

    private static JsonObject Named(string? type, string display)
    {
        var reference = new JsonObject { ["display"] = display };
        if (type is not null)
        {
            reference["type"] = type;
        }

        return reference;
    }

    private static JsonObject Concept(string system, string code) => new() { ["coding"] = new JsonArray(Coding(system, code)) };

    private static JsonObject Coding(string system, string code) => new() { ["system"] = system, ["code"] = code };

    // FHIR has no empty arrays.
    private static void Put(JsonObject into, string name, IEnumerable<JsonObject> all)
    {
        if (all.ToArray() is { Length: > 0 } some)
        {
            into[name] = new JsonArray([.. some]);
        }
    }

    private static string Instant(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
