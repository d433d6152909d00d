using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Fhir;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>
/// Makes random requests as random callers, one after another, in a world of its own on a node that others walk on too, and knows what each has to answer: from its own list of what it wrote and its own reading
/// of the scopes.
/// </summary>
/// <param name="node">Asked.</param>
/// <param name="seed">Of everything random.</param>
internal sealed class Walker(TestNode node, int seed) : WalkAsker(node, seed)
{
    private static readonly string[] Owned = ["Observation", "Condition", "Encounter"];
    private static readonly string[] Types = ["Patient", "Observation", "Condition", "Encounter", "Practitioner"];

    private static readonly (string Asked, bool Shown)[] Totals = [("_count=1000", true), ("_count=1000", true), ("_count=1000&_total=accurate", true), ("_count=0", false), ("_summary=count", false)];

    // An export takes as long as many other requests.
    private const int ExportsAreRarer = 5;

    private readonly Random _random = new(seed);
    private readonly string _world = $"w{seed}";
    private readonly List<WalkItem> _items = [];
    private int _keys;

    /// <summary>Who asks: scopes of each, who is acting, and the application where a user has launched one.</summary>
    public List<(WalkScopes Scopes, string Person, LaunchedApp? App)> Callers { get; } = [];

    /// <summary>Makes what the walk begins with, as a caller who may do everything.</summary>
    public async Task BeginAsync(IReadOnlyList<string> patients)
    {
        Caller = (WalkScopes.Everything, "everybody", null);
        foreach (var id in patients)
        {
            var state = WalkItem.Choose(_random, "Patient", _world, [], []);
            var answer = await SendAsync(HttpMethod.Put, $"Patient/{id}", WalkItem.Write("Patient", id, null, id, state));
            Assert.That(answer.Status, Is.EqualTo(201).Or.EqualTo(200), answer.Text);
            _items.Add(new WalkItem("Patient", id, id, id) { Versions = { state } });
        }

        for (var i = 0; i < 30; i++)
        {
            await CreateAsync();
        }

        // One identifier twice, so that a condition may be ambiguous, and be so to some callers only.
        foreach (var item in Owned.Select(OneOf).ToList())
        {
            var state = Next(item.Type);
            var twin = await SendAsync(HttpMethod.Post, item.Type, WalkItem.Write(item.Type, null, item.Owner, item.Key, state));
            Keep(item.Type, twin.Id, item.Owner, item.Key, state);
        }
    }

    /// <summary>One request.</summary>
    public async Task StepAsync()
    {
        Steps++;
        Caller = Callers[_random.Next(Callers.Count)];
        switch (_random.Next(28))
        {
            case 0 or 1 or 2 or 3: await ReadAsync(); break;
            case 4 or 5 or 6: await SearchAsync(); break;
            case 7: await CompartmentAsync(); break;
            case 8: await IncludeAsync(); break;
            case 9: await ReverseIncludeAsync(); break;
            case 10: await ChainAsync(); break;
            case 11: await HasAsync(); break;
            case 12: await VersionAsync(); break;
            case 13: await HistoryAsync(); break;
            case 14: await CreateAsync(); break;
            case 15: await UpdateAsync(); break;
            case 16: await DeleteAsync(); break;
            case 17: await ConditionalCreateAsync(); break;
            case 18: await PatchAsync(); break;
            case 19: await BundleAsync(); break;
            case 20: await EverythingAsync(); break;
            case 21: await ConditionalDeleteAsync(); break;
            case 22: await ConditionalUpdateAsync(); break;
            case 23: await ProvenanceAsync(); break;
            case 24: await TagAsync(); break;
            case 25: await AuditAsync(); break;
            case 26: await (_random.Next(ExportsAreRarer) == 0 ? ExportAsync() : HistoriesAsync()); break;
            default: await PagesAsync(); break;
        }
    }

    private async Task ReadAsync()
    {
        var item = Any();
        var status = ReadStatusOf(item);
        switch (_random.Next(5))
        {
            case 0:
                Expect(await GetAsync($"{item.Name}/$meta"), status, item.Name);
                break;
            case 1:
                Expect(await CallAsync(HttpMethod.Get, item.Name, null, [("If-None-Match", $"W/\"{item.Versions.Count}\"")]), status == 200 ? 304 : status, item.Name);
                break;
            default:
                Expect(await GetAsync(item.Name), status, item.Name);
                break;
        }
    }

    private int ReadStatusOf(WalkItem item) => !Scopes.May("r", item.Type) ? 403
        : item.Now is { } state ? Scopes.Sees("r", item, state) ? 200 : 404
        : Scopes.SeesAnyOf("r", item) ? 410 : 404;

    private async Task VersionAsync()
    {
        var item = Any();
        var number = _random.Next(1, item.Versions.Count + 2);
        var answer = await GetAsync($"{item.Name}/_history/{number}");
        var state = item.Versions.ElementAtOrDefault(number - 1);
        Expect(
            answer,
            !Scopes.May("r", item.Type) ? 403
                : number > item.Versions.Count ? 404
                : state is not null ? Scopes.Sees("r", item, state) ? 200 : 404
                : Scopes.SeesAnyOf("r", item) ? 410 : 404,
            $"{item.Name} {number}");
    }

    private async Task HistoryAsync()
    {
        var item = Any();
        var answer = await GetAsync($"{item.Name}/_history?_count=1000");
        var seen = item.Now is { } now ? Scopes.Sees("r", item, now) : Scopes.SeesAnyOf("r", item);
        if (Expect(answer, !Scopes.May("r", item.Type) ? 403 : seen ? 200 : 404, item.Name) == 200)
        {
            var expected = item.Versions.Count(state => state is null ? Scopes.SeesAnyOf("r", item) : Scopes.Sees("r", item, state));
            Agree((answer.Json["entry"]?.AsArray().Count ?? 0, expected), item.Name);
        }
    }

    private async Task SearchAsync()
    {
        var type = Types[_random.Next(Types.Length)];
        var (query, holds) = Criteria(type);
        var post = _random.Next(5) == 0;
        var (total, shown) = Totals[_random.Next(Totals.Length)];
        var text = $"{query}&{total}";
        var answer = post ? await SendFormAsync($"{type}/_search", text) : await GetAsync($"{type}?{text}");
        if (Expect(answer, Scopes.May("s", type) ? 200 : 403, text) == 200)
        {
            var expected = Matches(type, holds);
            AgreeOn(answer, shown ? expected : [], [], $"{type}?{text}");
            Agree(((int?)answer.Json["total"], total == "_count=1000" ? null : (int?)expected.Count), text);
        }
    }

    private async Task CompartmentAsync()
    {
        var patient = OneOf("Patient");
        var type = Owned[_random.Next(Owned.Length)];
        var answer = await GetAsync($"{patient.Name}/{type}?_count=1000");
        if (Expect(answer, Scopes.May("s", type) ? 200 : 403, type) == 200)
        {
            AgreeOn(answer, Matches(type, (item, _) => item.Owner == patient.Id), [], type);
        }
    }

    private async Task IncludeAsync()
    {
        var (query, holds) = Criteria("Observation");
        var answer = await GetAsync($"Observation?{query}&_count=1000&_include=Observation:encounter&_include=Observation:performer&_include=Observation:subject");
        if (Expect(answer, Scopes.May("s", "Observation") ? 200 : 403, query) == 200)
        {
            var matches = Matches("Observation", holds);
            var named = matches.SelectMany(item => (string?[])[$"Encounter/{item.Now!.Encounter}", $"Practitioner/{item.Now.Performer}", $"Patient/{item.Owner}"]).ToHashSet();
            AgreeOn(answer, matches, [.. _items.Where(item => named.Contains(item.Name) && item.Now is { } state && Scopes.Sees("s", item, state))], query);
        }
    }

    private async Task ReverseIncludeAsync()
    {
        if (_random.Next(3) == 0)
        {
            await ProvenanceBesideAsync();
            return;
        }

        var answer = await GetAsync($"Patient?_tag=urn:walk|{_world}&_count=1000&_revinclude=Observation:patient&_revinclude=Condition:patient");
        if (Expect(answer, Scopes.May("s", "Patient") ? 200 : 403, "") == 200)
        {
            var matches = Matches("Patient", (_, _) => true);
            var patients = matches.Select(item => item.Id).ToHashSet();
            AgreeOn(answer, matches, [.. Matches("Observation", (item, _) => patients.Contains(item.Owner!)), .. Matches("Condition", (item, _) => patients.Contains(item.Owner!))], "_revinclude");
        }
    }

    private async Task ChainAsync()
    {
        var over = _random.Next(2) == 0;
        var wanted = over ? _random.Next(2) == 0 ? "finished" : "planned" : WalkState.Genders[_random.Next(2)];
        var chain = over ? $"encounter.status={wanted}" : $"subject:Patient.gender={wanted}";
        var answer = await GetAsync($"Observation?_tag=urn:walk|{_world}&{chain}&_count=1000");
        if (Expect(answer, Scopes.May("s", "Observation") ? 200 : 403, chain) == 200)
        {
            AgreeOn(answer, Matches("Observation", (item, state) => Visible(over ? $"Encounter/{state.Encounter}" : $"Patient/{item.Owner}") is { } end && (over ? end.Status : end.Gender) == wanted), [], chain);
        }
    }

    private async Task HasAsync()
    {
        var status = _random.Next(2) == 0 ? "final" : "preliminary";
        var answer = await GetAsync($"Patient?_tag=urn:walk|{_world}&_has:Observation:patient:status={status}&_count=1000");
        if (Expect(answer, Scopes.May("s", "Patient") ? 200 : 403, status) == 200)
        {
            var owners = Matches("Observation", (_, state) => state.Status == status).Select(item => item.Owner).ToHashSet();
            AgreeOn(answer, Matches("Patient", (item, _) => owners.Contains(item.Id)), [], status);
        }
    }

    private async Task CreateAsync()
    {
        var (type, owner, state) = New();
        var key = NewKey();
        var answer = await SendAsync(HttpMethod.Post, type, WalkItem.Write(type, null, owner, key, state));
        if (Expect(answer, CreateStatusOf(type, owner, state), $"{type} {state}") == 201)
        {
            Keep(type, answer.Id, owner, key, state);
        }
    }

    private int CreateStatusOf(string type, string? owner, WalkState state) =>
        Scopes.May("c", type) && Scopes.Sees("c", new WalkItem(type, "", owner, ""), state) ? 201 : 403;

    private async Task ConditionalCreateAsync()
    {
        var existing = Any(item => item.Type != "Patient");
        var state = WalkItem.Choose(_random, existing.Type, _world, [], []);
        var answer = await SendAsync(
            HttpMethod.Post, existing.Type, WalkItem.Write(existing.Type, null, existing.Owner, existing.Key, state), ("If-None-Exist", $"identifier=urn:walk:key|{existing.Key}"));
        var found = Matches(existing.Type, (item, _) => item.Key == existing.Key).Count;
        var status = !Scopes.May("cs", existing.Type) ? 403 : found == 1 ? 200 : found > 1 ? 412 : CreateStatusOf(existing.Type, existing.Owner, state);
        if (Expect(answer, status, existing.Key) == 201)
        {
            Keep(existing.Type, answer.Id, existing.Owner, existing.Key, state);
        }
    }

    private async Task UpdateAsync()
    {
        var item = Any();
        var state = Next(item.Type);
        var answer = await SendAsync(HttpMethod.Put, item.Name, WalkItem.Write(item.Type, item.Id, item.Owner, item.Key, state));
        var status = UpdateStatusOf(item, state);
        if (Expect(answer, status, item.Name) < 300)
        {
            item.Versions.Add(state);
        }
    }

    private int UpdateStatusOf(WalkItem item, WalkState state) =>
        !Scopes.May("u", item.Type) || !Scopes.Sees("u", item, state) || (item.Now is { } now && !Scopes.Sees("u", item, now)) ? 403 : item.Now is null ? 201 : 200;

    private async Task DeleteAsync()
    {
        var item = Any(item => item.Type != "Patient");
        var answer = await SendAsync(HttpMethod.Delete, item.Name, null);
        if (Expect(answer, Scopes.May("d", item.Type) ? 204 : 403, item.Name) == 204 && item.Now is { } now && Scopes.Sees("d", item, now))
        {
            item.Versions.Add(null);
        }
    }

    private async Task ConditionalDeleteAsync()
    {
        var item = Any(item => item.Type != "Patient");
        var answer = await SendAsync(HttpMethod.Delete, $"{item.Type}?identifier=urn:walk:key|{item.Key}", null);
        var found = Matches(item.Type, (one, _) => one.Key == item.Key);
        if (Expect(answer, !Scopes.May("ds", item.Type) ? 403 : found.Count > 1 ? 412 : 204, item.Key) == 204 && found is [var only] && Scopes.Sees("d", only, only.Now!))
        {
            only.Versions.Add(null);
        }
    }

    private async Task ConditionalUpdateAsync()
    {
        var item = Any(item => item.Type != "Patient");
        var state = Next(item.Type);
        var answer = await SendAsync(HttpMethod.Put, $"{item.Type}?identifier=urn:walk:key|{item.Key}", WalkItem.Write(item.Type, null, item.Owner, item.Key, state));
        var found = Matches(item.Type, (one, _) => one.Key == item.Key);
        var expected = !Scopes.May("us", item.Type) ? 403
            : found.Count > 1 ? 412
            : found is [var one] ? UpdateStatusOf(one, state)
            : Scopes.Sees("u", new WalkItem(item.Type, "", item.Owner, ""), state) ? 201 : 403;
        switch (Expect(answer, expected, item.Key))
        {
            case 200:
                found[0].Versions.Add(state);
                break;
            case 201:
                Keep(item.Type, answer.Id, item.Owner, item.Key, state);
                break;
            default:
                break;
        }
    }

    private async Task PatchAsync()
    {
        var item = Any(item => item.Type is "Observation" or "Encounter");
        var status = item.Type == "Observation" ? "amended" : "arrived";
        var answer = await SendAsync(HttpMethod.Patch, item.Name, new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/status", ["value"] = status }), "application/json-patch+json");
        var next = item.Now is { } now ? now with { Status = status } : null;
        var expected = !Scopes.May("u", item.Type) ? 403
            : item.Now is null ? Scopes.SeesAnyOf("u", item) ? 410 : 404
            : !Scopes.Sees("u", item, item.Now) ? 404
            : Scopes.Sees("u", item, next!) ? 200 : 403;
        if (Expect(answer, expected, item.Name) == 200)
        {
            item.Versions.Add(next);
            Agree((answer.Text.Length > 0, Scopes.Sees("r", item, next!)), "whoever may not read is shown nothing");
        }
    }

    /// <summary>$meta-add of a tag that no resource has, so that there is a version more.</summary>
    private async Task TagAsync()
    {
        var item = Any();
        var answer = await SendAsync(HttpMethod.Post, $"{item.Name}/$meta-add", Resources.Parse($$"""
            { "resourceType": "Parameters", "parameter": [{ "name": "meta", "valueMeta": { "tag": [{ "system": "urn:walk:step", "code": "{{Steps}}" }] } }] }
            """));
        var expected = !Scopes.May("u", item.Type) ? 403
            : item.Now is not { } now ? Scopes.SeesAnyOf("u", item) ? 410 : 404
            : Scopes.Sees("u", item, now) ? 200 : 404;
        if (Expect(answer, expected, item.Name) == 200)
        {
            Agree((answer.Text.Contains(_world, StringComparison.Ordinal), Scopes.Sees("r", item, item.Now!)), "whoever may not read is shown no tags");
            item.Versions.Add(item.Now);
        }
    }

    /// <summary>Of a record, one for each version that the caller may read.</summary>
    private async Task ProvenanceAsync()
    {
        var item = Any();
        var answer = await GetAsync($"Provenance?target={item.Name}&_count=1000");
        if (Expect(answer, Scopes.May("s", "Provenance") ? 200 : 403, item.Name) == 200)
        {
            Agree((string.Join(' ', answer.Matches.Select(TargetOf).Order()), string.Join(' ', ProvenancesOf(item).Order())), $"Provenance of {item.Name}");
            if (answer.Ids is { Count: > 0 } ids && _random.Next(4) == 0)
            {
                var (caller, id) = (Caller, ids[_random.Next(ids.Count)]);
                var target = TargetOf(answer.Matches.Single(one => (string)one["id"]! == id));
                Caller = Callers[_random.Next(Callers.Count)];
                var readable = Scopes.May("r", "Provenance") && Scopes.Sees("r", new WalkItem("Provenance", "", item.Owner, ""), Plain) && ProvenancesOf(item, ofScope: false).Contains(target);
                Expect(await GetAsync($"Provenance/{id}"), !Scopes.May("r", "Provenance") ? 403 : readable ? 200 : 404, $"Provenance/{id} of {target}");
                Caller = caller;
            }
        }
    }

    private async Task ProvenanceBesideAsync()
    {
        var (query, holds) = Criteria("Condition");
        var answer = await GetAsync($"Condition?{query}&_count=1000&_revinclude=Provenance:target");
        if (Expect(answer, Scopes.May("s", "Condition") ? 200 : 403, query) == 200)
        {
            var matches = Matches("Condition", holds);
            Agree((string.Join(' ', answer.Ids.Order()), string.Join(' ', matches.Select(item => item.Id).Order())), query);
            Agree((string.Join(' ', answer.Included.Select(TargetOf).Order()), string.Join(' ', matches.SelectMany(item => ProvenancesOf(item)).Order())), $"{query}, Provenances beside");
        }
    }

    // What no scope's filter of the walk asks for.
    private static WalkState Plain { get; } = new("", "", "", "", "", "", null, null);

    private IEnumerable<string> ProvenancesOf(WalkItem item, bool ofScope = true) => !ofScope || Scopes.SeesView("Provenance", item.Owner)
        ? item.Versions.Index().Where(version => version.Item is { } state ? Scopes.Sees("r", item, state) : Scopes.SeesAnyOf("r", item)).Select(version => $"{item.Name}/_history/{version.Index + 1}")
        : [];

    private static string TargetOf(JsonObject provenance) => (string)provenance["target"]![0]!["reference"]!;

    /// <summary>One event for each write of a record; of a patient, for each write of anything of the patient's.</summary>
    private async Task AuditAsync()
    {
        var item = Any();
        var answer = await GetAsync($"AuditEvent?entity={item.Name}&action=C,U,D&_count=1000");
        if (Expect(answer, Scopes.May("s", "AuditEvent") ? 200 : 403, item.Name) == 200)
        {
            var about = _items.Where(one => one == item || (item.Type == "Patient" && one.Owner == item.Id));
            var writes = about.SelectMany(one => one.Versions.Index().Select(version => version.Item is null ? "D" : version.Index == 0 || one.Versions[version.Index - 1] is null ? "C" : "U"));
            var expected = writes.Where(action => Scopes.SeesView("AuditEvent", item.Owner, action));

            // What a condition has looked at is there as well, as a read by whoever wrote.
            var came = answer.Matches.Where(one => ((string)one["id"]!).StartsWith("w-", StringComparison.Ordinal)).Select(one => (string)one["action"]!);
            Agree((string.Concat(came.Order()), string.Concat(expected.Order())), $"AuditEvents of {item.Name}");
            Agree((answer.Matches.All(one => Scopes.SeesView("AuditEvent", item.Owner, (string)one["action"]!)), true), $"actions of AuditEvents of {item.Name}");
        }
    }

    /// <summary>What anybody has written of late: of this walker's, nothing that the caller may not see.</summary>
    private async Task HistoriesAsync()
    {
        var type = _random.Next(2) == 0 ? null : Types[_random.Next(Types.Length)];
        var answer = await GetAsync($"{(type is null ? "" : $"{type}/")}_history?_count=20");
        if (Expect(answer, type is null || Scopes.May("s", type) ? 200 : 403, $"{type} history") != 200)
        {
            return;
        }

        foreach (var entry in answer.Json["entry"]?.AsArray() ?? [])
        {
            var place = ((string)entry!["fullUrl"]!).Split('/')[^2..];
            if (_items.Find(item => item.Name == string.Join('/', place)) is { } item)
            {
                var number = int.Parse(((string)entry["response"]!["etag"]!)[3..^1], System.Globalization.CultureInfo.InvariantCulture);
                Agree((item.Versions[number - 1] is { } state ? Scopes.Sees("s", item, state) : Scopes.SeesAnyOf("s", item), true), $"history of all: {item.Name} {number}");
            }
        }
    }

    private async Task ExportAsync()
    {
        var patient = OneOf("Patient");
        var types = _random.Next(2) == 0 ? Types : [Types[_random.Next(Types.Length)]];
        (string, string)[] who = await WhoAsync();
        var begun = await Node.BeginExportAsync($"Patient/$export?patient={patient.Name}&_type={string.Join(',', types)}", null, who);
        var may = types.Any(type => Scopes.May("rs", type));
        Agree((begun.Status, may ? 202 : 403), $"export of {patient.Name}");
        if (may)
        {
            var lines = await Node.DownloadAsync(await Node.EndOfExportAsync(begun.Path, who), "output", who);
            await Node.SendExportAsync(HttpMethod.Delete, begun.Path, null, who);
            var expected = _items.Where(item => types.Contains(item.Type) && item.Owner == patient.Id && item.Now is { } state && Scopes.Sees("rs", item, state));
            Agree((string.Join(' ', lines.Names().Where(name => !name.StartsWith("Practitioner/", StringComparison.Ordinal)).Order()), string.Join(' ', expected.Select(item => item.Name).Order())), $"export of {patient.Name}");
            var directory = _items.Where(item => item.Type == "Practitioner" && item.Now is { } state && Scopes.Sees("rs", item, state)).Select(item => item.Name).ToHashSet();
            var names = lines.Names().ToHashSet();
            Agree((_items.Where(item => item.Type == "Practitioner" && names.Contains(item.Name) && !directory.Contains(item.Name)).Count(), 0), "the directory in an export");
        }
    }

    /// <summary>A batch, or a transaction, of writes and what is read after them.</summary>
    private async Task BundleAsync()
    {
        var transaction = _random.Next(2) == 0;
        var (type, owner, created) = New();
        var key = NewKey();
        var changed = Any();
        var next = Next(changed.Type);
        var read = Any(item => item != changed);
        var sought = Types[_random.Next(Types.Length)];
        var bundle = Resources.Bundle(
            transaction ? "transaction" : "batch",
            Resources.Entry("POST", type, WalkItem.Write(type, null, owner, key, created)),
            Resources.Entry("PUT", changed.Name, WalkItem.Write(changed.Type, changed.Id, changed.Owner, changed.Key, next)),
            Resources.Entry("GET", read.Name),
            Resources.Entry("GET", $"{sought}?_tag=urn:walk|{_world}&_count=1000"));
        var answer = await SendAsync(HttpMethod.Post, "", bundle);
        var (create, update) = (CreateStatusOf(type, owner, created), UpdateStatusOf(changed, next));
        if (transaction && (create == 403 || update == 403))
        {
            Expect(answer, 403, "a transaction is all or nothing");
            return;
        }

        Expect(answer, 200, "");
        var entries = answer.Json["entry"]!.AsArray();
        var statuses = entries.Select(entry => int.Parse(((string)entry!["response"]!["status"]!).AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture)).ToList();
        if (create == 201 && statuses[0] == 201)
        {
            Keep(type, ((string)entries[0]!["response"]!["location"]!).Split('/')[^3], owner, key, created);
        }

        if (update < 300 && statuses[1] < 300)
        {
            changed.Versions.Add(next);
        }

        Agree((string.Join(' ', statuses), $"{create} {update} {ReadStatusOf(read)} {(Scopes.May("s", sought) ? 200 : 403)}"), "a Bundle's entries");
        if (statuses[3] == 200)
        {
            AgreeOn(new FhirReply(200, entries[3]!["resource"]!.ToJsonString(), null, null, null, null), Matches(sought, (_, _) => true), [], "a search in a Bundle");
        }
    }

    private async Task EverythingAsync()
    {
        var patient = OneOf("Patient");
        var answer = await GetAsync($"{patient.Name}/$everything");
        if (Expect(answer, !Scopes.May("rs", "Patient") ? 403 : Scopes.Sees("rs", patient, patient.Now!) ? 200 : 404, patient.Name) == 200)
        {
            var own = _items.Where(item => item.Owner == patient.Id && item.Now is { } state && Scopes.Sees("rs", item, state)).ToList();
            var performers = own.Select(item => $"Practitioner/{item.Now!.Performer}").ToHashSet();
            AgreeOn(answer, [.. own, .. _items.Where(item => performers.Contains(item.Name) && item.Now is { } state && Scopes.Sees("rs", item, state))], [], "$everything");
        }
    }

    private async Task PagesAsync()
    {
        var type = Owned[_random.Next(Owned.Length)];
        var expected = Matches(type, (_, _) => true);
        var answer = await GetAsync($"{type}?_tag=urn:walk|{_world}&_count={Math.Max(1, expected.Count / 2)}");
        if (Expect(answer, Scopes.May("s", type) ? 200 : 403, type) != 200)
        {
            return;
        }

        var ids = answer.Ids;
        var mine = Caller.Person;
        for (var next = NextOf(answer); next is not null; next = NextOf(answer))
        {
            var caller = Caller;
            Caller = (Caller.App is null ? Scopes : WalkScopes.Everything, mine + "'s colleague", null);
            Agree(((await GetAsync(next)).Status, 410), "another caller's page");
            Caller = caller;
            answer = await GetAsync(next);
            Expect(answer, 200, next);
            ids.AddRange(answer.Ids);
        }

        Agree((string.Join(' ', ids.Order()), string.Join(' ', expected.Select(item => item.Id).Order())), "pages");

        static string? NextOf(FhirReply page) => page.Json["link"]!.AsArray().FirstOrDefault(link => (string?)link!["relation"] == "next")?["url"]?.ToString();
    }

    private (string Query, Func<WalkItem, WalkState, bool> Holds) Criteria(string type)
    {
        var world = $"_tag=urn:walk|{_world}";
        switch (_random.Next(5))
        {
            case 0 when Owned.Contains(type):
                var patient = OneOf("Patient").Id;
                return ($"{world}&patient=Patient/{patient}", (item, _) => item.Owner == patient);
            case 1 when type is "Observation" or "Condition":
                var code = WalkState.Codes[_random.Next(2)];
                return ($"{world}&code=http://snomed.info/sct|{code}", (_, state) => state.Code == code);
            case 2 when type == "Observation":
                var category = WalkState.Categories[_random.Next(2)];
                return ($"{world}&category={category}", (_, state) => state.Category == category);
            case 3:
                var one = Any(item => item.Type == type);
                return ($"{world}&_id={one.Id}", (item, _) => item.Id == one.Id);
            default:
                return (world, (_, _) => true);
        }
    }

    private List<WalkItem> Matches(string type, Func<WalkItem, WalkState, bool> holds) =>
        [.. _items.Where(item => item.Type == type && item.Now is { } state && holds(item, state) && Scopes.Sees("s", item, state))];

    private WalkState? Visible(string name) => _items.Find(item => item.Name == name) is { Now: { } state } item && Scopes.Sees("s", item, state) ? state : null;

    private WalkItem Any(Func<WalkItem, bool>? of = null)
    {
        var some = of is null ? _items : [.. _items.Where(of)];
        return some[_random.Next(some.Count)];
    }

    private WalkItem OneOf(string type) => Any(item => item.Type == type);

    private (string Type, string? Owner, WalkState State) New()
    {
        var type = Types[1 + _random.Next(Types.Length - 1)];
        return (type, type == "Practitioner" ? null : OneOf("Patient").Id, Next(type));
    }

    private WalkState Next(string type) => WalkItem.Choose(
        _random, type, _world, [.. _items.Where(item => item.Type == "Encounter").Select(item => item.Id)], [.. _items.Where(item => item.Type == "Practitioner").Select(item => item.Id)]);

    private string NewKey() => $"{_world}-{++_keys}";

    private void Keep(string type, string id, string? owner, string key, WalkState state) => _items.Add(new WalkItem(type, id, owner, key) { Versions = { state } });

    private void AgreeOn(FhirReply answer, IReadOnlyList<WalkItem> matches, IReadOnlyList<WalkItem> included, string what)
    {
        Agree((string.Join(' ', answer.Ids.Order()), string.Join(' ', matches.Select(item => item.Id).Order())), what);
        Agree((string.Join(' ', answer.Included.Select(resource => (string)resource["id"]!).Order()), string.Join(' ', included.Except(matches).Select(item => item.Id).Order())), $"{what}, included");
    }
}
