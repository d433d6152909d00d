using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Fhir;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Conformance;

/// <summary>What each line of a CapabilityStatement means in requests. A line that is not known here fails: whoever declares something new says here how it is tried.</summary>
internal sealed class CapabilityWalk(TestNode node, string patient)
{
    private static readonly Dictionary<string, string> Formats = new() { ["application/fhir+json"] = "application/fhir+json", ["application/fhir+xml"] = "application/fhir+xml", ["json"] = "application/fhir+json", ["xml"] = "application/fhir+xml" };

    /// <summary>Exercises every line of one resource type.</summary>
    public async Task WalkTypeAsync(JsonObject line)
    {
        var type = (string)line["type"]!;
        var one = await Specimen.MakeAsync(node, type, patient);
        foreach (var (name, value) in line)
        {
            switch (name)
            {
                case "type" or "documentation" or "versioning" or "interaction":
                    break; // versioning is held against every read; interactions come last, because delete is one
                case "profile":
                    Assert.That((await node.GetAsync($"StructureDefinition/{value!.ToString().Split('/')[^1]}")).Status, Is.EqualTo(200), $"{type}.profile");
                    break;
                case "supportedProfile":
                    foreach (var profile in value!.AsArray())
                    {
                        Assert.That((await node.GetAsync($"StructureDefinition?url={profile}")).Ids, Is.Not.Empty, $"{type}.supportedProfile {profile}");
                    }

                    break;
                case "referencePolicy":
                    Assert.That(value!.AsArray().Select(policy => (string?)policy), Is.SubsetOf(new[] { "literal", "local", "logical", "resolves" }), type);
                    break;
                case "readHistory":
                    await TryAsync((bool)value!, type, name, one.ReadHistoryAsync);
                    break;
                case "updateCreate":
                    await TryAsync((bool)value!, type, name, one.UpdateCreateAsync);
                    break;
                case "conditionalCreate":
                    await TryAsync((bool)value!, type, name, one.ConditionalCreateAsync);
                    break;
                case "conditionalUpdate":
                    await TryAsync((bool)value!, type, name, one.ConditionalUpdateAsync);
                    break;
                case "conditionalRead":
                    await TryAsync((string)value! != "not-supported", type, name, () => one.ConditionalReadAsync((string)value!));
                    break;
                case "conditionalDelete":
                    await TryAsync((string)value! != "not-supported", type, name, one.ConditionalDeleteAsync);
                    break;
                case "searchParam":
                    foreach (var parameter in value!.AsArray())
                    {
                        await one.SearchAsync(parameter!.AsObject());
                    }

                    break;
                case "searchInclude":
                    await one.IncludeAsync("_include", value!.AsArray());
                    break;
                case "searchRevInclude":
                    await one.IncludeAsync("_revinclude", value!.AsArray());
                    break;
                case "operation":
                    foreach (var operation in value!.AsArray())
                    {
                        await WalkOperationAsync(operation!.AsObject(), one);
                    }

                    break;
                default:
                    await Unknown($"'{name}' of {type}");
                    break;
            }
        }

        foreach (var interaction in line["interaction"]!.AsArray().Select(interaction => (string)interaction!["code"]!).OrderBy(code => code == "delete"))
        {
            await (interaction switch
            {
                "create" => one.CreateAsync(),
                "read" => one.ReadAsync(),
                "vread" => (bool)line["readHistory"]! ? one.ReadHistoryAsync() : one.ReadNewestAsync(),
                "update" => one.UpdateAsync(),
                "patch" => one.PatchAsync(),
                "history-instance" => one.HistoryAsync($"{type}/{one.Id}/_history"),
                "history-type" => one.HistoryAsync($"{type}/_history"),
                "search-type" => one.SearchTypeAsync(),
                "delete" => one.DeleteAsync(),
                _ => Unknown($"the interaction '{interaction}' of {type}"),
            });
        }
    }

    /// <summary>Exercises every line that is about no type.</summary>
    public async Task WalkSystemAsync(JsonObject statement)
    {
        var one = await Specimen.MakeAsync(node, "Basic", patient);
        foreach (var format in statement["format"]!.AsArray().Select(format => (string)format!))
        {
            if (!Formats.TryGetValue(format, out var expected))
            {
                await Unknown($"the format '{format}'");
                continue;
            }

            var reply = await node.GetAsync($"Basic/{one.Id}?_format={Uri.EscapeDataString(format)}", ("Accept", expected));
            Assert.That((reply.Status, reply.ContentType), Is.EqualTo((200, expected + "; charset=utf-8")), format);
        }

        foreach (var format in (statement["patchFormat"] as JsonArray ?? []).Select(format => (string)format!))
        {
            await one.PatchAsync(format);
        }

        var rest = statement["rest"]![0]!.AsObject();
        foreach (var (name, value) in rest)
        {
            switch (name)
            {
                case "mode" or "documentation" or "resource" or "security":
                    break;
                case "interaction":
                    foreach (var interaction in value!.AsArray().Select(interaction => (string)interaction!["code"]!))
                    {
                        await (interaction switch
                        {
                            "transaction" or "batch" => one.BundleAsync(interaction),
                            "history-system" => one.HistoryAsync("_history"),
                            "search-system" => one.SearchSystemAsync(),
                            _ => Unknown($"the interaction '{interaction}' of the system"),
                        });
                    }

                    break;
                case "operation":
                    foreach (var operation in value!.AsArray())
                    {
                        await WalkOperationAsync(operation!.AsObject(), one);
                    }

                    break;
                case "compartment":
                    foreach (var compartment in value!.AsArray().Select(compartment => compartment!.ToString()))
                    {
                        await (compartment[(compartment.LastIndexOf('/') + 1)..] switch
                        {
                            "patient" => one.CompartmentAsync(),
                            "encounter" or "practitioner" or "relatedPerson" or "device" => one.EmptyCompartmentAsync(compartment[(compartment.LastIndexOf('/') + 1)..]),
                            _ => Unknown($"the compartment {compartment}"),
                        });
                    }

                    break;
                case "searchParam":
                    foreach (var parameter in value!.AsArray())
                    {
                        await one.SearchAsync(parameter!.AsObject());
                    }

                    break;
                default:
                    await Unknown($"'{name}' of the system");
                    break;
            }
        }
    }

    private async Task WalkOperationAsync(JsonObject operation, Specimen one)
    {
        var name = ((string)operation["name"]!).TrimStart('$');
        var definition = await node.GetAsync($"OperationDefinition?url={operation["definition"]}");
        Assert.That(definition.Matches.Select(found => (string?)found["code"]), Is.EqualTo(new[] { name }), $"the definition of ${name}");
        var call = name switch
        {
            "everything" or "meta" => node.GetAsync($"{one.Type}/{one.Id}/${name}"),
            "validate" => node.CallAsync(HttpMethod.Post, $"/fhir/{one.Type}/$validate", one.Body.ToJsonString()),
            "meta-add" or "meta-delete" => node.CallAsync(
                HttpMethod.Post, $"/fhir/{one.Type}/{one.Id}/${name}",
                """{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"urn:test","code":"walk"}]}}]}"""),
            _ => null,
        };
        if (name == "export")
        {
            var path = ((string)operation["definition"]!).Split('/')[^1] switch { "group-export" => $"Group/{one.Id}/$export", "patient-export" => "Patient/$export", _ => "$export" };
            var begun = await node.BeginExportAsync($"{path}?_type=Group");
            Assert.That(begun.Status, Is.EqualTo(202), $"{path}: {begun.Text}");
            await node.SendExportAsync(HttpMethod.Delete, begun.Path);
            return;
        }

        if (call is null)
        {
            await Unknown($"the operation '{name}'");
            return;
        }

        var reply = await call;
        Assert.That(reply.Status, Is.EqualTo(200), $"{one.Type} ${name}: {reply.Text}");
    }

    private static Task TryAsync(bool declared, string type, string name, Func<Task> attempt)
    {
        TestContext.Out.WriteLine($"{type} {name} {declared}");
        return declared ? attempt() : Task.CompletedTask;
    }

    private static Task Unknown(string what)
    {
        Assert.Fail($"The CapabilityStatement declares {what}, and CapabilityWalk has no request for it: add one.");
        return Task.CompletedTask;
    }
}
