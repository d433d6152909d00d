using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Client;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Records;
using EhrLedger.Wallet.Restoring;
using PatientWallet = EhrLedger.Wallet.Wallet;

namespace Quickstart;

/// <summary>The main job, from a hospital's first record to a revoked grant, on three real nodes. Each step says what it checked.</summary>
internal sealed class Story(Options options) : IDisposable
{
    private readonly Teller _teller = new();
    private readonly HttpClient _phoneLine = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private readonly WalletAlarms _alarms = new();

    public void Dispose() => _phoneLine.Dispose();

    public async Task<int> TellAsync(CancellationToken cancellationToken)
    {
        var folder = options.Keep ?? Directory.CreateTempSubdirectory("ehrledger-quickstart-").FullName;
        if (options.Keep is not null && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new StepFailedException($"{folder} is not empty.");
        }

        Directory.CreateDirectory(folder);
        Console.WriteLine("EhrLedger: a record is written, granted and read across three organisations.");
        var ports = FreePorts(3);
        using var hospital = new NodeProcess("Riverside Hospital", "hospital", Path.Combine(folder, "hospital"), ports[0]);
        using var clinic = new NodeProcess("City Clinic", "clinic", Path.Combine(folder, "clinic"), ports[1]);
        using var insurer = new NodeProcess("Nordkasse", "insurer", Path.Combine(folder, "insurer"), ports[2]);
        try
        {
            await TellAsync(folder, hospital, clinic, insurer, cancellationToken);
            return 0;
        }
        finally
        {
            foreach (var node in (NodeProcess[])[insurer, clinic, hospital])
            {
                node.Dispose();
            }

            if (options.Keep is null)
            {
                Directory.Delete(folder, recursive: true);
            }
            else
            {
                Console.WriteLine($"\nEverything is left in {folder}.");
            }
        }
    }

    private async Task TellAsync(string folder, NodeProcess hospital, NodeProcess clinic, NodeProcess insurer, CancellationToken cancellationToken)
    {
        NodeProcess[] nodes = [hospital, clinic, insurer];
        var genesis = Path.Combine(folder, "genesis.cbor");
        var consortium = await _teller.StepAsync("Three organisations found a consortium, each with a node and keys of its own", () => FoundAsync(nodes, genesis, cancellationToken));

        var atHospital = new FhirSide(hospital, "Dr. Amara Okafor", "physician");
        var atClinic = new FhirSide(clinic, "Dr. Li Wei", "physician");
        var import = await _teller.StepAsync("The hospital imports FHIR records; each is sealed as it arrives", () => new Import(atHospital).RunAsync(options.Data, cancellationToken));

        var local = await _teller.StepAsync("The clinic looks the patient up before there is any grant", () => LookBeforeGrantAsync(atClinic, import, cancellationToken));

        using var wallet = await PatientWallet.CreateAsync(HostOf(consortium, Path.Combine(folder, "phone")), cancellationToken);
        var own = await _teller.StepAsync("The patient's wallet takes over with the code from the front desk", () => ConnectAsync(wallet, hospital, import, cancellationToken));

        var granted = await _teller.StepAsync("The patient grants the clinic two categories, for treatment, for 30 days", () => GrantAsync(wallet, clinic, local, own, cancellationToken));

        await _teller.StepAsync("The clinic looks again", () => LookWithGrantAsync(atClinic, local, own, granted, cancellationToken));

        await _teller.StepAsync("The patient sees who looked", () => CheckLogAsync(wallet, atHospital, import, clinic, cancellationToken));

        await _teller.StepAsync("The patient revokes both grants, and the clinic looks once more", () => RevokeAsync(wallet, granted, atClinic, local, cancellationToken));

        await _teller.StepAsync("The phone is lost; the wallet comes back from its 24 words", () => RestoreAsync(wallet, consortium, folder, own, cancellationToken));

        await _teller.StepAsync("Somebody flips one byte in the hospital's log; the others find it", () => TamperAsync(hospital, clinic, insurer, genesis, cancellationToken));

        var entries = (await clinic.FindHealthAsync(cancellationToken))?.GetProperty("size").GetInt64() ?? 0;
        _teller.Table([
            ("FHIR resources imported", $"{import.Resources}"),
            ("bytes of FHIR", $"{import.Bytes}"),
            ("ledger entries", $"{entries}"),
        ]);
        Console.WriteLine("\nEvery step did what it said.");
        if (options.Serve)
        {
            await new Newcomer(options, hospital, clinic, atHospital, atClinic).RunAsync(cancellationToken);
        }
    }

    private static async Task<Consortium> FoundAsync(NodeProcess[] nodes, string genesis, CancellationToken cancellationToken)
    {
        await Task.WhenAll(nodes.Select(node => node.MakeKeysAsync(cancellationToken)));
        await nodes[0].FoundAsync("Quickstart", genesis, nodes, cancellationToken);
        await Task.WhenAll(nodes.Select(node => node.StartAsync(genesis, cancellationToken)));
        foreach (var node in nodes)
        {
            Teller.Say($"{node.Name,-20} {node.Address}  {node.Organisation}");
        }

        var bytes = await File.ReadAllBytesAsync(genesis, cancellationToken);
        var consortium = Consortium.Open(bytes, Digest.Of(bytes)) ?? throw new StepFailedException("The genesis can't be read.");
        foreach (var node in nodes)
        {
            Teller.Check(
                (await node.Http.GetByteArrayAsync("/ledger/genesis", cancellationToken)).AsSpan().SequenceEqual(bytes), $"{node.Name} runs on the same genesis, {consortium.Digest.ToString()[..16]}…");
        }

        return consortium;
    }

    private static async Task<string> LookBeforeGrantAsync(FhirSide atClinic, Import.Result import, CancellationToken cancellationToken)
    {
        // The clinic knows the patient as its own patient, under an id of its own.
        var registered = await atClinic.PostAsync("/fhir/Patient", JsonSerializer.SerializeToUtf8Bytes(import.PatientAtClinic()), cancellationToken);
        var local = (string)registered["id"]!;
        var known = await atClinic.SearchAsync($"Observation?patient=Patient/{local}", cancellationToken);
        var unknown = await atClinic.SearchAsync("Observation?patient=Patient/nobody", cancellationToken);
        Teller.Check(known.Count == 0 && unknown.Count == 0, "It finds nothing, as for a patient whom nobody knows.");
        return local;
    }

    private static async Task<Own> ConnectAsync(PatientWallet wallet, NodeProcess hospital, Import.Result import, CancellationToken cancellationToken)
    {
        using var answer = await hospital.Http.PostAsync($"/admin/patients/{import.PatientId}/take-over-codes", null, cancellationToken);
        var code = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!["code"]!;
        Teller.Say($"The card at the desk says {code}.");
        var organisation = new OrganisationId(Ed25519PublicKey.FromDidKey(hospital.Organisation)!.Value);
        var outcome = await wallet.ConnectAsync(organisation, code, cancellationToken);
        if (outcome is not ConnectOutcome.Connected connected)
        {
            throw new StepFailedException($"The wallet could not connect: {outcome}.");
        }

        Teller.Say($"The hospital seals {connected.Total} records anew to the wallet's own keys; it knows the patient as {connected.Patient}.");
        var records = new Dictionary<Category, IReadOnlyList<OwnRecord>>();
        foreach (var category in Enum.GetValues<Category>())
        {
            var read = await wallet.ReadRecordsAsync(connected.Relationship, category, cancellationToken);
            if (read.Findings.Count > 0)
            {
                throw new StepFailedException($"{category}: {read.Findings[0].Kind} ({read.Findings[0].Detail})");
            }

            if (read.Records.Count > 0)
            {
                records[category] = read.Records;
            }
        }

        var total = records.Values.Sum(list => list.Count);
        Teller.Check(total == (int)connected.Total, $"The wallet opens all {total} with its own keys alone, and finds each in the ledger: {string.Join(", ", records.Select(pair => $"{pair.Key} {pair.Value.Count}"))}.");
        return new Own(connected.Relationship, records);
    }

    private static async Task<Granted> GrantAsync(PatientWallet wallet, NodeProcess clinic, string local, Own own, CancellationToken cancellationToken)
    {
        using var answer = await clinic.Http.PostAsync($"/admin/patients/{local}/access-requests", null, cancellationToken);
        var invitation = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!;
        Category[] wanted = [.. own.Records.Keys.OrderByDescending(category => category is Category.Laboratory or Category.Medications).ThenByDescending(category => own.Records[category].Count).Take(2)];
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var outcome = await wallet.GrantAsync(
            new GrantOrder(
                own.Relationship,
                wanted,
                new AccessInvitation(new OrganisationId(Ed25519PublicKey.FromDidKey(clinic.Organisation)!.Value), Convert.FromHexString((string)invitation["id"]!)),
                [PurposeOfUse.Treatment],
                today,
                today.AddDays(30),
                Future: true),
            cancellationToken);
        if (outcome is not GrantOutcome.Ordered(var grants, { Count: 0 }))
        {
            throw new StepFailedException($"The grant was not finished: {outcome}.");
        }

        var shown = await wallet.ListGrantsAsync(cancellationToken);
        Teller.Check(
            shown.Count == wanted.Length && shown.All(grant => grant is { Status: GrantStatus.Active, GranteeProven: true, Delivered: true }),
            $"City Clinic may see {string.Join(" and ", wanted)} for treatment until {today.AddDays(30):d MMMM}; both entries are final, and the clinic has signed that the reader keys are its own.");
        return new Granted(grants, wanted);
    }

    private static async Task<int> LookWithGrantAsync(FhirSide atClinic, string local, Own own, Granted granted, CancellationToken cancellationToken)
    {
        var found = 0;
        foreach (var type in own.Types())
        {
            var expected = granted.Categories.Sum(category => own.Count(category, type));
            var seen = await atClinic.SearchAsync($"{type}?{(PatientParameter(type))}=Patient/{local}&_count=200", cancellationToken);
            Teller.Check(seen.Count == expected, $"{type}: {seen.Count} of {own.CountAll(type)} shown.");
            found += seen.Count;
            if (seen.Count > 0)
            {
                Teller.Check(
                    seen.All(resource => resource.ToJsonString().Contains($"Patient/{local}", StringComparison.Ordinal)) && await atClinic.FindAsync($"/fhir/{type}/{(string)seen[0]["id"]!}", cancellationToken) is not null,
                    $"{type}: each is about the clinic's own patient, and can be read by its id.");
            }
        }

        Teller.Check(found > 0, $"{found} records in all, none of another category. Each was released by two custodians, after its Read entry was final.");
        return found;
    }

    private static async Task<AccessLog> CheckLogAsync(PatientWallet wallet, FhirSide atHospital, Import.Result import, NodeProcess clinic, CancellationToken cancellationToken)
    {
        await atHospital.FindAsync($"/fhir/Patient/{import.PatientId}", cancellationToken);
        AccessLog log;
        var tries = 0;
        do
        {
            log = await wallet.ReadAccessLogAsync(wallet.Connections[0].Index, cancellationToken);
            await Task.Delay(log.Complete ? 0 : 500, cancellationToken);
        }
        while (!log.Complete && log.Findings.All(finding => finding.Kind == EhrLedger.Wallet.Findings.FindingKind.RowNotFinalYet) && ++tries < 20);

        foreach (var seen in log.Events.TakeLast(6))
        {
            Teller.Say($"{seen.Time:HH:mm:ss}  {seen.Kind,-10} {seen.Category,-12} {seen.Person} ({seen.Role}), {seen.Purpose?.Code}, {seen.Records.Count} records");
        }

        var byClinic = log.Events.Where(seen => seen.Organisation?.ToString() == clinic.Organisation).ToList();
        Teller.Check(byClinic.Any(seen => seen.Kind == AccessKind.Searched) && byClinic.Any(seen => seen.Kind == AccessKind.Read), $"{byClinic.Count} of the {log.Events.Count} lines are the clinic's searches and reads, with names, roles and purposes.");
        Teller.Check(byClinic.All(seen => seen is { OrganisationProven: true, Readable: true }), "Each is signed by a key that the clinic has signed for.");
        Teller.Check(byClinic.Where(seen => seen.Kind == AccessKind.Read).All(seen => seen.Releases.Count >= 2), "What the custodians say that they released is the same.");
        Teller.Check(log.Events.Any(seen => seen.Kind == AccessKind.AuthorRead), "The hospital's own reads stand there too.");
        Teller.Check(log.Complete && log.Fresh, $"Nothing is missing: every line is proven against a log that a quorum cosigned at {log.AsOf:HH:mm:ss}.{string.Concat(log.Findings.Select(finding => $" {finding.Kind}: {finding.Detail}"))}");
        return log;
    }

    private static async Task<bool> RevokeAsync(PatientWallet wallet, Granted granted, FhirSide atClinic, string local, CancellationToken cancellationToken)
    {
        foreach (var grant in granted.Grants)
        {
            Teller.Check(await wallet.RevokeAsync(grant, cancellationToken) == RevokeOutcome.Revoked, $"Grant {grant.ToString()![..8]}… is revoked, finally; its subject has new keys.");
        }

        foreach (var type in (string[])["Observation", "MedicationRequest", "DiagnosticReport"])
        {
            Teller.Check((await atClinic.SearchAsync($"{type}?patient=Patient/{local}", cancellationToken)).Count == 0, $"The clinic's search for {type} is empty again.");
        }

        return true;
    }

    private async Task<RestoreOutcome> RestoreAsync(PatientWallet lost, Consortium consortium, string folder, Own own, CancellationToken cancellationToken)
    {
        using var wallet = await PatientWallet.FromPhraseAsync(lost.ToPhrase(), HostOf(consortium, Path.Combine(folder, "new-phone")), cancellationToken)
            ?? throw new StepFailedException("The 24 words are not a phrase.");
        var outcome = await wallet.RestoreAsync(cancellationToken);
        Teller.Check(outcome.Source == RestoreSource.Directory && wallet.Connections.Count == 1, "The wallet finds its encrypted directory at the members: one connection.");
        var grants = await wallet.ListGrantsAsync(cancellationToken);
        Teller.Check(grants.Count == 2 && grants.All(grant => grant.Status == GrantStatus.Revoked), "Both grants are there, as revoked.");
        var category = own.Records.Keys.First();
        var records = await wallet.ReadRecordsAsync(wallet.Connections[0].Index, category, cancellationToken);
        Teller.Check(records.Complete && records.Records.Count == own.Records[category].Count, $"It opens the {records.Records.Count} records of {category} again.");
        return outcome;
    }

    private static async Task<bool> TamperAsync(NodeProcess hospital, NodeProcess clinic, NodeProcess insurer, string genesis, CancellationToken cancellationToken)
    {
        await hospital.StopAsync(cancellationToken);
        var index = Tampering.FlipByte(Path.Combine(hospital.Data, "log.db"));
        Teller.Say($"One bit of the leaf at index {index} is another one now.");
        await hospital.StartAsync(genesis, cancellationToken);
        foreach (var node in (NodeProcess[])[clinic, insurer])
        {
            using var answer = await node.Http.PostAsync("/admin/patrol", null, cancellationToken);
            var findings = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!.AsArray();
            var tampered = findings.FirstOrDefault(finding => (string?)finding!["kind"] == "TamperedLog");
            Teller.Check(tampered is not null, $"{node.Name} raises TamperedLog: {(string?)tampered?["detail"]}");
        }

        return true;
    }

    private WalletHost HostOf(Consortium consortium, string folder) => new(consortium, new DirectRoute(_phoneLine), new FolderWalletStore(folder), TimeProvider.System, _alarms);

    private static string PatientParameter(string type) => type is "Patient" ? "_id" : "patient";

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
        {
            listener.Stop();
        }

        return ports;
    }
}
