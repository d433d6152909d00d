using System.Text.Json.Nodes;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>
/// The same walk at a grantee: patients grant categories for purposes and take them back, and in between random callers of the clinic, with random scopes and purposes, see what a model of the three says, and
/// nothing else.
/// </summary>
[CancelAfter(900_000)]
public sealed class GrantedWalkTests
{
    private const int Rounds = 8;
    private const int Callers = 20;
    private const int Launches = 6;

    /// <summary>One request of so many of both walks.</summary>
    private const int Share = 50;
    private const int UsualRequests = RandomWalkTests.UsualRequests / Share;

    private static readonly int[] Kinds = [200, 403, 404, 405];
    private static readonly Category[] Categories = [Category.Laboratory, Category.Observations, Category.Problems, Category.Encounters];
    private static readonly string[] Types = ["Observation", "Condition", "Encounter"];
    private static readonly string[] Purposes = ["TREAT", "HPAYMT", "HRESCH"];

    private readonly List<WalkPatient> _patients = [];
    private readonly List<(WalkPatient Patient, WalkItem Item)> _items = [];
    private readonly Dictionary<string, string> _recordIds = [];
    private readonly SortedDictionary<int, int> _answers = [];
    private TestNode _clinic = null!;
    private Random _random = null!;
    private int _seed;
    private int _step;
    private int _shown;
    private WalkScopes _scopes = null!;
    private string _purpose = null!;
    private string _person = null!;
    private LaunchedApp? _app;

    [Test]
    public async Task Of_granted_records_agrees_with_the_model(CancellationToken cancellationToken)
    {
        _seed = RandomWalkTests.Setting("EHRLEDGER_WALK_SEED", Random.Shared.Next(1_000_000));
        _random = new Random(_seed);
        var requests = RandomWalkTests.Setting("EHRLEDGER_WALK_REQUESTS", RandomWalkTests.UsualRequests) / Share;
        using var consortium = await TestConsortium.StartAsync();
        _clinic = consortium.Nodes[2];
        try
        {
            await WriteAsync(consortium);
            var callers = Enumerable.Range(0, Callers).Select(i => (Scopes: WalkScopes.Make(_random, tags: false), Purpose: Purposes[_random.Next(Purposes.Length)], Person: $"caller {i}", App: (LaunchedApp?)null)).ToList();
            using var launcher = await Launcher.BeginAsync(_clinic, ["clinician"]);
            for (var i = 0; i < Launches; i++)
            {
                var patient = _patients[i % _patients.Count];
                var scopes = WalkScopes.Launch(_random, "clinician", patient.Id, tags: false);
                callers.Add((scopes, "TREAT", "clinician", await launcher.LaunchAsync("clinician", patient.Family, scopes.Text)));
            }

            for (var round = 0; round < Rounds; round++)
            {
                await ChangeGrantsAsync();
                // A short walk goes on until it has come by every kind of answer, or it would show less on one day than on another.
                for (var i = 0; i < requests / Rounds || (round == Rounds - 1 && i < UsualRequests && (_shown == 0 || !Kinds.All(_answers.ContainsKey))); i++, _step++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var caller = callers[_random.Next(callers.Count)];
                    (_scopes, _purpose, _person, _app) = (caller.Scopes, caller.Purpose, caller.Person, caller.App);
                    await AskAsync();
                }
            }
        }
        finally
        {
            _patients.ForEach(patient => patient.Phone.Dispose());
        }

        TestContext.Out.WriteLine($"Seed {_seed}: {string.Join(", ", _answers.Select(pair => $"{pair.Key}: {pair.Value}"))}; {_shown} granted records shown.");
        Assert.That(_answers.Keys, Is.SupersetOf(Kinds), "the walk comes by every kind of answer");
        Assert.That(_shown, Is.Positive);
    }

    private async Task WriteAsync(TestConsortium consortium)
    {
        var hospital = consortium.Nodes[1];
        for (var i = 0; i < 3; i++)
        {
            var family = $"Walk{i}";
            var (here, there) = (await hospital.RegisterPatientAsync(family), await _clinic.RegisterPatientAsync(family));
            var patient = new WalkPatient(await Phone.BuyAsync(consortium), there, family);
            _patients.Add(patient);
            var encounters = new List<string>();
            foreach (var type in (string[])["Encounter", "Encounter", "Observation", "Observation", "Observation", "Observation", "Condition", "Condition"])
            {
                var state = WalkItem.Choose(_random, type, "granted", encounters, []);
                var key = $"k{_items.Count}";
                var id = await hospital.KeepAsync(WalkItem.Write(type, null, here, key, state));
                if (type == "Encounter")
                {
                    encounters.Add(id);
                }

                _items.Add((patient, new WalkItem(type, id, there, key) { Versions = { state } }));
            }

            patient.Relationship = await patient.Phone.ConnectAsync(hospital, here);
        }
    }

    /// <summary>Each patient takes one grant back, and gives another.</summary>
    private async Task ChangeGrantsAsync()
    {
        foreach (var patient in _patients)
        {
            if (patient.Grants.Count > 1)
            {
                var (ends, _, _) = patient.Grants[_random.Next(patient.Grants.Count)];
                Assert.That(await patient.Phone.Wallet.RevokeAsync(ends, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
                patient.Grants.RemoveAll(grant => grant.Id == ends);
            }

            var category = Categories[_random.Next(Categories.Length)];
            var purposes = Purposes.Where(_ => _random.Next(2) == 0).DefaultIfEmpty("TREAT").ToList();
            var order = await Phone.OrderOfAsync(patient.Relationship, _clinic, patient.Id, category);
            var grants = await patient.Phone.OrderAsync(order with { Purposes = [.. purposes.Select(purpose => PurposeOfUse.TryParse(purpose)!.Value)] });
            patient.Grants.AddRange(grants.Select(id => (id, category, (IReadOnlyList<string>)purposes)));
        }
    }

    private Task AskAsync() => _random.Next(11) switch
    {
        0 or 1 => SearchAsync(named: true),
        2 => SearchAsync(named: false),
        3 or 4 => ReadAsync(),
        5 => EverythingAsync(),
        6 => ChainAsync(),
        7 => ConsentAsync(),
        8 or 9 => ProvenanceAsync(),
        _ => ChangeAsync(),
    };

    private async Task SearchAsync(bool named)
    {
        var type = Types[_random.Next(Types.Length)];
        var patient = _patients[_random.Next(_patients.Count)];
        var code = type != "Encounter" && _random.Next(2) == 0 ? WalkState.Codes[_random.Next(2)] : null;
        var include = type == "Observation" && _random.Next(2) == 0;
        var query = $"{type}?_count=1000{(named ? $"&patient=Patient/{patient.Id}" : "")}{(code is null ? "" : $"&code=http://snomed.info/sct|{code}")}{(include ? "&_include=Observation:encounter" : "")}";
        var answer = await GetAsync(query);
        if (Expect(answer, _scopes.May("s", type) ? 200 : 403, query) == 200)
        {
            var matches = Visible("s", type).Where(one => (!named || one.Patient == patient) && (code is null || one.Item.Now!.Code == code)).Select(one => one.Item).ToList();
            AgreeOn(answer.Matches, matches, query);
            var beside = include ? matches.Select(item => item.Now!.Encounter).ToHashSet() : [];
            AgreeOn(answer.Included, [.. Visible("s", "Encounter").Where(one => beside.Contains(one.Item.Id)).Select(one => one.Item)], query);
        }
    }

    private async Task ChainAsync()
    {
        var patient = _patients[_random.Next(_patients.Count)];
        var status = _random.Next(2) == 0 ? "finished" : "planned";
        var query = $"Observation?_count=1000&patient=Patient/{patient.Id}&encounter.status={status}";
        var answer = await GetAsync(query);
        if (Expect(answer, _scopes.May("s", "Observation") ? 200 : 403, query) == 200)
        {
            var ends = Visible("s", "Encounter").Where(one => one.Item.Now!.Status == status).Select(one => one.Item.Id).ToHashSet();
            AgreeOn(answer.Matches, [.. Visible("s", "Observation").Where(one => one.Patient == patient && one.Item.Now!.Encounter is { } visit && ends.Contains(visit)).Select(one => one.Item)], query);
        }
    }

    private async Task ReadAsync()
    {
        var (patient, item) = _items[_random.Next(_items.Count)];
        var known = _recordIds.GetValueOrDefault(item.Key);
        var answer = await GetAsync($"{item.Type}/{known ?? "00112233445566778899aabbccddeeff"}");
        var sees = known is not null && Visible("r", item.Type).Any(one => one.Item == item);
        if (Expect(answer, !_scopes.May("r", item.Type) ? 403 : sees ? 200 : 404, item.Key) == 200)
        {
            AgreeOn([answer.Json], [item], item.Key);
        }
    }

    private async Task EverythingAsync()
    {
        var patient = _patients[_random.Next(_patients.Count)];
        var answer = await GetAsync($"Patient/{patient.Id}/$everything");
        var local = new WalkItem("Patient", patient.Id, patient.Id, "");
        var state = WalkItem.Choose(new Random(0), "Patient", "", [], []) with { Gender = "female" };
        if (Expect(answer, !_scopes.May("rs", "Patient") ? 403 : _scopes.Sees("rs", local, state) ? 200 : 404, patient.Id) == 200)
        {
            AgreeOn(
                [.. answer.Matches.Where(resource => (string)resource["resourceType"]! != "Patient")],
                [.. Types.SelectMany(type => Visible("rs", type)).Where(one => one.Patient == patient).Select(one => one.Item)],
                "$everything");
        }
    }

    /// <summary>One for each grant that is in force, for whatever purpose.</summary>
    private async Task ConsentAsync()
    {
        var patient = _patients[_random.Next(_patients.Count)];
        var query = $"Consent?_count=1000&patient=Patient/{patient.Id}";
        var answer = await GetAsync(query);
        if (Expect(answer, _scopes.May("s", "Consent") ? 200 : 403, query) == 200)
        {
            var expected = _scopes.SeesView("Consent", patient.Id) ? patient.Grants.Select(grant => $"c-{grant.Id}") : [];
            Assert.That(answer.Ids, Is.EquivalentTo(expected), () => Where(query));
        }
    }

    private async Task ProvenanceAsync()
    {
        var (patient, item) = _items[_random.Next(_items.Count)];
        var known = _recordIds.GetValueOrDefault(item.Key) ?? "00112233445566778899aabbccddeeff";
        var query = $"Provenance?_count=1000&target={item.Type}/{known}";
        var answer = await GetAsync(query);
        if (Expect(answer, _scopes.May("s", "Provenance") ? 200 : 403, query) == 200)
        {
            var sees = _recordIds.ContainsKey(item.Key) && _scopes.SeesView("Provenance", patient.Id) && Visible("r", item.Type).Any(one => one.Item == item);
            Assert.That(answer.Ids, Is.EqualTo(sees ? (string[])[$"g-{known}"] : []), () => Where(query));
        }
    }

    /// <summary>A granted record is read-only, whether it is granted, or known, or not.</summary>
    private async Task ChangeAsync()
    {
        var (_, item) = _items[_random.Next(_items.Count)];
        var answer = await CallAsync(HttpMethod.Delete, $"{item.Type}/{_recordIds.GetValueOrDefault(item.Key) ?? "00112233445566778899aabbccddeeff"}");
        Expect(answer, _scopes.May("d", item.Type) ? 405 : 403, item.Key);
    }

    private IEnumerable<(WalkPatient Patient, WalkItem Item)> Visible(string letters, string type) => _items.Where(one =>
        one.Item.Type == type && _scopes.Sees(letters, one.Item, one.Item.Now!)
        && one.Patient.Grants.Exists(grant => grant.Category == CategoryOf(one.Item) && grant.Purposes.Contains(_purpose)));

    private static Category CategoryOf(WalkItem item) => item.Type switch
    {
        "Observation" => item.Now!.Category == "laboratory" ? Category.Laboratory : Category.Observations,
        "Condition" => Category.Problems,
        _ => Category.Encounters,
    };

    private Task<FhirReply> GetAsync(string path) => CallAsync(HttpMethod.Get, path);

    private async Task<FhirReply> CallAsync(HttpMethod method, string path)
    {
        (string, string)[] who = _app is null
            ? [("X-Acting-Scope", _scopes.Text), ("X-Acting-Person", _person), ("X-Purpose-Of-Use", _purpose)]
            : [("Authorization", $"Bearer {await _app.FindTokenAsync()}")];
        var answer = await _clinic.SendAsync(method, $"/fhir/{path}", null, who);
        _answers[answer.Status] = _answers.GetValueOrDefault(answer.Status) + 1;
        return answer;
    }

    private int Expect(FhirReply answer, int status, string what)
    {
        Assert.That(answer.Status, Is.EqualTo(status), () => $"{Where(what)}: {answer.Text}");
        return status;
    }

    private void AgreeOn(IReadOnlyList<JsonObject> came, IReadOnlyList<WalkItem> expected, string what)
    {
        var keys = new List<string>();
        foreach (var resource in came)
        {
            var key = (string)resource["identifier"]![0]!["value"]!;
            keys.Add(key);
            _recordIds[key] = (string)resource["id"]!;
            _shown++;
        }

        Assert.That(keys.Order(), Is.EqualTo(expected.Select(item => item.Key).Order()), () => Where(what));
    }

    private string Where(string what) => $"Seed {_seed}, request {_step}, scopes '{_scopes.Text}' (patient {_scopes.Patient ?? "none"}), purpose {_purpose}, {what}";

    private sealed class WalkPatient(Phone phone, string id, string family)
    {
        public string Family => family;

        public Phone Phone => phone;

        /// <summary>The clinic's.</summary>
        public string Id => id;

        public uint Relationship { get; set; }

        public List<(GrantId Id, Category Category, IReadOnlyList<string> Purposes)> Grants { get; } = [];
    }
}
