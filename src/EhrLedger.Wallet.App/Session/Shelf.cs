using EhrLedger.Client.Invitations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Emergencies;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Guardians;
using EhrLedger.Wallet.Messages;
using EhrLedger.Wallet.Records;

namespace EhrLedger.Wallet.App.Session;

/// <summary>What screens show of the open wallet: what this device has kept at once, and what the members say as it comes in.</summary>
internal sealed class Shelf(WalletOnDevice device, Notices notices)
{
    private readonly Dictionary<(uint Relationship, Category Category), RecordsShown> _records = [];
    private readonly Dictionary<(uint Relationship, Category Category), SubjectRead> _logs = [];
    private Task? _refreshing;
    private int _asking;

    /// <summary>Something here is new.</summary>
    public event Action? Changed;

    public IReadOnlyList<GrantShown> Grants { get; private set; } = [];

    /// <summary>What organisations ask for, and the patient has not decided on.</summary>
    public IReadOnlyList<AccessAsked> Requests { get; private set; } = [];

    /// <summary>What people at organisations have written, the oldest first.</summary>
    public IReadOnlyList<TextReceived> Messages { get; private set; } = [];

    /// <summary>Every time that somebody opened records in an emergency, the newest first.</summary>
    public IReadOnlyList<EmergencyShown> Emergencies { get; private set; } = [];

    /// <summary>The guardians, and whoever asks for this wallet's seed, as the ledger had them when it last answered; null where it has not been asked, or has not answered.</summary>
    public GuardiansShown? Guardians { get; private set; }

    /// <summary>Whether the ledger did not answer when it was last asked about guardians.</summary>
    public bool AreGuardiansUnknown { get; private set; }

    /// <summary>Who may act for the patient, as the ledger had it when it was last asked; null where it has not been.</summary>
    public DelegationsShown? Delegations { get; private set; }

    /// <summary>Whether grants and log were read since the wallet was opened.</summary>
    public bool IsRead { get; private set; }

    /// <summary>Whether members are being asked.</summary>
    public bool IsBusy => _asking > 0;

    /// <summary>Something that was begun is not finished yet: a connection, a grant, an end of one.</summary>
    public bool HasUnfinished { get; private set; }

    /// <summary>Current records, the newest first by their own date.</summary>
    public IReadOnlyList<OwnRecord> Records { get; private set; } = [];

    /// <summary>When the oldest of what is shown was read; null where it is of now.</summary>
    public DateTimeOffset? RecordsAsOf => _records.Values.Where(shown => shown.AsOf is not null).Min(shown => shown.AsOf);

    /// <summary>The newest first; what is not final yet before all.</summary>
    public IReadOnlyList<AccessEvent> Events { get; private set; } = [];

    /// <summary>What is wrong with logs and records, each once.</summary>
    public IReadOnlyList<Finding> Findings { get; private set; } = [];

    /// <summary>Whether no line of the log can be missing.</summary>
    public bool IsLogComplete => IsRead && _logs.Values.All(log => log.Findings.Count == 0);

    /// <summary>Whether the members answered.</summary>
    public bool IsOffline => IsRead && (device.Wallet?.Connections.Count ?? 0) > 0 && Findings.Count > 0 && Findings.All(finding => finding.Kind is FindingKind.NoAnswer or FindingKind.TopicIncomplete or FindingKind.CustodianSilent);

    /// <summary>One record in one version.</summary>
    public OwnRecord? Find(uint relationship, Category category, string version) =>
        _records.TryGetValue((relationship, category), out var shown) ? shown.Records.FirstOrDefault(record => VersionOf(record.Version) == version) : null;

    /// <summary>Under which connection a record stands.</summary>
    public uint RelationshipOf(OwnRecord record) => _records.First(item => item.Value.Records.Contains(record)).Key.Relationship;

    /// <summary>A record whose title the log can show.</summary>
    public OwnRecord? Find(RecordVersion version) => _records.Values.SelectMany(shown => shown.Records).FirstOrDefault(record => record.Version == version);

    /// <summary>How a version is named in an address.</summary>
    public static string VersionOf(RecordVersion version) => $"{version.Record}.{version.Version}".Replace('.', '-');

    /// <summary>Categories that a choice shows: those in which there are records, and what is chosen; all of them on demand, and where there are no records yet.</summary>
    public IEnumerable<Category> CategoriesToOffer(IReadOnlySet<Category> chosen, bool all)
    {
        var filled = Records.Select(record => record.Category).Where(category => category != Category.Demographics).ToHashSet();
        return Enum.GetValues<Category>().Where(category => all || filled.Count == 0 || filled.Contains(category) || chosen.Contains(category));
    }

    /// <summary>What people call it.</summary>
    public string NameOf(OrganisationId organisation) =>
        device.Wallet?.Members.FirstOrDefault(member => member.Organisation == organisation)?.Name is { Length: > 0 } name ? name : organisation.ToString();

    /// <summary>How a request is named in an address.</summary>
    public static string NameOf(AccessAsked asked) => Convert.ToHexStringLower(asked.Request.Span);

    /// <summary>Shows what is kept, then reads all anew. A second call while one runs waits for that one.</summary>
    public Task RefreshAsync() => _refreshing is { IsCompleted: false } running ? running : _refreshing = RefreshAllAsync();

    /// <summary>Picks up messages while the app stands open; where one tells of something, everything is read anew.</summary>
    public async Task LookAsync()
    {
        if (IsBusy || device.Wallet is not { } wallet)
        {
            return;
        }

        try
        {
            var came = await wallet.CheckMessagesAsync(default);
            if (came.Texts.Count > 0)
            {
                await RefreshMessagesAsync();
            }

            if (came is { Requests: [], Notices: [] })
            {
                return;
            }
        }
        catch (ObjectDisposedException)
        {
            // It was locked meanwhile.
            return;
        }

        await RefreshAsync();
    }

    /// <summary>Reads again what people have written.</summary>
    public async Task RefreshMessagesAsync()
    {
        if (device.Wallet is { } wallet)
        {
            Messages = await wallet.ListTextsAsync(default);
            Changed?.Invoke();
        }
    }

    /// <summary>Reads the grants again.</summary>
    public async Task RefreshGrantsAsync()
    {
        if (device.Wallet is { } wallet)
        {
            Grants = await wallet.ListGrantsAsync(default);
            Requests = wallet.AccessRequests;
            Changed?.Invoke();
        }
    }

    /// <summary>The ledger has the end of a grant: it is shown before everything is read again.</summary>
    public void NoteEnd(GrantId grant)
    {
        Grants = [.. Grants.Select(shown => shown.Id == grant ? shown with { Status = GrantStatus.Revoked } : shown)];
        Changed?.Invoke();
    }

    /// <summary>What comes after a permission, and nobody needs to wait for: the organisation's agent may write to this wallet, and the grants are read again.</summary>
    public async Task FollowGrantAsync(Invitation invitation)
    {
        if (device.Wallet is not { } wallet)
        {
            return;
        }

        _asking++;
        try
        {
            await wallet.MeetAsync(invitation, default);
            await RefreshGrantsAsync();
        }
        catch (ObjectDisposedException)
        {
            // It was locked meanwhile.
        }
        finally
        {
            _asking--;
            Changed?.Invoke();
        }
    }

    /// <summary>A record is being erased: it is not shown any more, whoever still has it.</summary>
    public void Forget(uint relationship, RecordId record)
    {
        foreach (var (key, shown) in _records.Where(item => item.Key.Relationship == relationship).ToList())
        {
            _records[key] = shown with { Records = [.. shown.Records.Where(kept => kept.Version.Record != record)] };
        }

        Collect();
    }

    /// <summary>Reads again what was opened in emergencies.</summary>
    public async Task RefreshEmergenciesAsync()
    {
        if (device.Wallet is { } wallet)
        {
            Emergencies = await wallet.Emergencies.ListAsync(default);
            Changed?.Invoke();
        }
    }

    /// <summary>Reads again who the guardians are, and who asks for this wallet's seed.</summary>
    public async Task RefreshGuardiansAsync()
    {
        if (device.Wallet is { } wallet)
        {
            try
            {
                var read = await wallet.Guardians.ReadAsync(default);
                (Guardians, AreGuardiansUnknown) = (read ?? Guardians, read is null);
                Changed?.Invoke();
            }
            catch (ObjectDisposedException)
            {
                // It was locked meanwhile.
            }
        }
    }

    /// <summary>Reads again who may act for the patient, and what they have done.</summary>
    public async Task RefreshDelegationsAsync()
    {
        if (device.Wallet is { } wallet)
        {
            try
            {
                Delegations = await wallet.Delegations.ReadAsync(default);
                Changed?.Invoke();
            }
            catch (ObjectDisposedException)
            {
                // It was locked meanwhile.
            }
        }
    }

    private async Task RefreshAllAsync()
    {
        if (device.Wallet is not { } wallet)
        {
            return;
        }

        _asking++;
        try
        {
            await notices.ReadAsync(default);
            await ShowKeptAsync(wallet);
            HasUnfinished = !await wallet.ResumeAsync(default);
            if (wallet.Guardians.Chosen is not null)
            {
                // Nobody but this wallet can say that somebody asks for it: before all else.
                await RefreshGuardiansAsync();
            }

            await wallet.CheckMessagesAsync(default);
            await RefreshMessagesAsync();
            await RefreshGrantsAsync();
            var subjects = Subjects(wallet).Select(subject => (subject.Tie.Index, subject.Category)).ToList();
            var at = 0;
            await foreach (var subject in wallet.ReadSubjectsAsync(subjects, default))
            {
                var (relationship, category) = subjects[at++];
                _logs[(relationship, category)] = subject;
                var read = subject.Records;
                var isOld = read.Findings.Any(finding => finding.Kind is FindingKind.NoAnswer or FindingKind.NotOpenable);
                var kept = isOld ? await wallet.FindKeptRecordsAsync(relationship, category, default) : null;
                _records[(relationship, category)] = new RecordsShown(kept?.Records ?? read.Records, kept?.AsOf, read.Findings);
                Collect();
            }

            // The log has told of them already: without one there is nothing to ask for.
            if (Events.Any(seen => seen.Kind == AccessKind.EmergencyDeclared))
            {
                await RefreshEmergenciesAsync();
            }

            // Nobody can have gone beyond what was left to them without having granted.
            if (Grants.Any(grant => grant.GrantedBy is not null))
            {
                await RefreshDelegationsAsync();
            }

            IsRead = true;
            Collect();
        }
        catch (ObjectDisposedException)
        {
            // It was locked meanwhile.
        }
        finally
        {
            _asking--;
            Changed?.Invoke();
        }
    }

    private async Task ShowKeptAsync(Wallet wallet)
    {
        foreach (var (tie, category) in Subjects(wallet).Where(subject => !_records.ContainsKey((subject.Tie.Index, subject.Category))))
        {
            if (await wallet.FindKeptRecordsAsync(tie.Index, category, default) is { } kept)
            {
                _records[(tie.Index, category)] = new RecordsShown(kept.Records, kept.AsOf, []);
            }
        }

        Collect();
    }

    private static IEnumerable<(ConnectionShown Tie, Category Category)> Subjects(Wallet wallet) =>
        from tie in wallet.Connections from category in Enum.GetValues<Category>() select (tie, category);

    private void Collect()
    {
        Records = [.. _records.Values.SelectMany(shown => shown.Records).Where(record => record.Current && !record.Content.IsEmpty).OrderByDescending(record => DateOf(record), StringComparer.Ordinal).ThenByDescending(record => record.SealedAt)];
        Events = [.. _logs.Values.SelectMany(log => log.Events).OrderByDescending(seen => seen.Time ?? DateTimeOffset.MaxValue).ThenByDescending(seen => seen.Index)];
        Findings = [.. _logs.Values.SelectMany(log => log.Findings).Concat(_records.Values.SelectMany(shown => shown.Findings)).Distinct()];
        Changed?.Invoke();
    }

    private static string DateOf(OwnRecord record) => record.Glance().Date is { Length: > 0 } date ? date : record.SealedAt.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private sealed record RecordsShown(IReadOnlyList<OwnRecord> Records, DateTimeOffset? AsOf, IReadOnlyList<Finding> Findings);
}
