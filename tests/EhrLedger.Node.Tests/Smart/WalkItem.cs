using System.Text.Json.Nodes;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>What one version says, as far as the walk looks.</summary>
/// <param name="World">Tag of all that one walker has.</param>
/// <param name="Colour">Another tag.</param>
/// <param name="Status">Of an Observation or Encounter.</param>
/// <param name="Category">Of an Observation.</param>
/// <param name="Code">Of an Observation or a Condition.</param>
/// <param name="Gender">Of a Patient.</param>
/// <param name="Encounter">Id; null for none.</param>
/// <param name="Performer">Id; null for none.</param>
internal sealed record WalkState(string World, string Colour, string Status, string Category, string Code, string Gender, string? Encounter, string? Performer)
{
    public static readonly string[] Colours = ["red", "blue"];

    public static readonly string[] Categories = ["laboratory", "vital-signs"];

    public static readonly string[] Codes = ["44054006", "38341003"];

    public static readonly string[] Genders = ["female", "male"];

    public bool Has(string parameter, string value) => value == parameter switch
    {
        "_tag" => value == World ? World : Colour,
        "category" => Category,
        "status" => Status,
        "code" => Code,
        "gender" => Gender,
        "action" => null,
        _ => throw new ArgumentOutOfRangeException(nameof(parameter)),
    };
}

/// <summary>A resource of the walk and all its versions; a version without a state was made by a delete.</summary>
/// <param name="type">FHIR resource type.</param>
/// <param name="id">FHIR id.</param>
/// <param name="owner">FHIR id of its patient; null for the directory.</param>
/// <param name="key">Its identifier.</param>
internal sealed class WalkItem(string type, string id, string? owner, string key)
{
    public string Type => type;

    public string Id => id;

    public string? Owner => owner;

    public string Key => key;

    public List<WalkState?> Versions { get; } = [];

    /// <summary>Null where it is deleted.</summary>
    public WalkState? Now => Versions[^1];

    public string Name => $"{type}/{id}";

    public static WalkState Choose(Random random, string type, string world, IReadOnlyList<string> encounters, IReadOnlyList<string> performers) => new(
        world,
        WalkState.Colours[random.Next(2)],
        type == "Encounter" ? random.Next(2) == 0 ? "finished" : "planned" : random.Next(2) == 0 ? "final" : "preliminary",
        WalkState.Categories[random.Next(2)],
        WalkState.Codes[random.Next(2)],
        WalkState.Genders[random.Next(2)],
        type is "Observation" or "Condition" && encounters.Count > 0 && random.Next(3) > 0 ? encounters[random.Next(encounters.Count)] : null,
        type == "Observation" && performers.Count > 0 && random.Next(3) > 0 ? performers[random.Next(performers.Count)] : null);

    public static JsonObject Write(string type, string? id, string? owner, string key, WalkState state)
    {
        var resource = new JsonObject
        {
            ["resourceType"] = type,
            ["meta"] = new JsonObject { ["tag"] = new JsonArray(Coding("urn:walk", state.World), Coding("urn:walk:colour", state.Colour)) },
            ["identifier"] = new JsonArray(new JsonObject { ["system"] = "urn:walk:key", ["value"] = key }),
        };
        if (id is not null)
        {
            resource["id"] = id;
        }

        switch (type)
        {
            case "Patient":
                resource["gender"] = state.Gender;
                resource["name"] = new JsonArray(new JsonObject { ["family"] = key });
                break;
            case "Practitioner":
                break;
            case "Encounter":
                resource["status"] = state.Status;
                resource["class"] = Coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB");
                resource["subject"] = Reference($"Patient/{owner}");
                break;
            case "Condition":
                resource["code"] = Concept("http://snomed.info/sct", state.Code);
                resource["subject"] = Reference($"Patient/{owner}");
                break;
            case "Observation":
                resource["status"] = state.Status;
                resource["category"] = new JsonArray(Concept("http://terminology.hl7.org/CodeSystem/observation-category", state.Category));
                resource["code"] = Concept("http://snomed.info/sct", state.Code);
                resource["subject"] = Reference($"Patient/{owner}");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type));
        }

        if (state.Encounter is not null)
        {
            resource["encounter"] = Reference($"Encounter/{state.Encounter}");
        }

        if (state.Performer is not null)
        {
            resource["performer"] = new JsonArray(Reference($"Practitioner/{state.Performer}"));
        }

        return resource;
    }

    private static JsonObject Coding(string system, string code) => new() { ["system"] = system, ["code"] = code };

    private static JsonObject Concept(string system, string code) => new() { ["coding"] = new JsonArray(Coding(system, code)) };

    private static JsonObject Reference(string reference) => new() { ["reference"] = reference };
}
