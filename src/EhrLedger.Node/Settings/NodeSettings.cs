using System.Net;
using EhrLedger.Crypto;
using EhrLedger.Fhir.Classification;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Node.Smart.Users;

namespace EhrLedger.Node.Settings;

/// <summary>
/// What an operator can set: as environment variables (EHRLEDGER__DATA=…), in appsettings.json (section EhrLedger), or as arguments (--data …), the later winning. Every setting
/// has a default that works.
/// </summary>
internal sealed record NodeSettings
{
    private static readonly IPNetwork[] Loopback = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    /// <summary>Folder of everything that is not a key. Default <c>./data</c>. Kept as a full path.</summary>
    public string Data
    {
        get;
        init => field = Path.GetFullPath(Required(value, "data"));
    } = Path.GetFullPath("data");

    /// <summary>Where applications connect: FHIR, tokens, and on loopback the admin calls. Addresses with semicolons between them; beyond loopback https only. Default <c>http://127.0.0.1:5080</c>.</summary>
    public string Urls
    {
        get;
        init => field = Required(value, "urls");
    } = "http://127.0.0.1:5080";

    /// <summary>Further addresses, for other members, wallets and auditors; FHIR and the admin calls are not there. Default none.</summary>
    public string? PeerUrls { get; init; }

    /// <summary>The address under which applications know this node: base of FHIR's links and name of the authorization server. Default: the first of <see cref="Urls"/>.</summary>
    public string PublicUrl
    {
        get => field ?? Split(Urls)[0];
        init => field = Bounded(value, "public-url", 400);
    }

    /// <summary>The operator's Unix domain socket. Default: <c>admin.sock</c> in the data folder. At most 100 bytes, which is what systems allow.</summary>
    public string AdminSocket
    {
        get => field ?? Path.Combine(Data, "admin.sock");
        init => field = Path.GetFullPath(Required(value, "admin-socket"));
    }

    /// <summary>FHIR requests of one client, a second; four times as many at once. Default 2,000; 1 to 1,000,000.</summary>
    public int ClientRate
    {
        get;
        init => field = value is >= 1 and <= 1_000_000 ? value : throw new StartupException(ExitCode.Settings, "The client rate is 1 to 1,000,000 requests a second.");
    } = 2_000;

    /// <summary>Access tokens of one client, a second; four times as many at once. Default 50; 1 to 100,000.</summary>
    public int TokenRate
    {
        get;
        init => field = value is >= 1 and <= 100_000 ? value : throw new StartupException(ExitCode.Settings, "The token rate is 1 to 100,000 tokens a second.");
    } = 50;

    /// <summary>Logins with a password from one remote address, a second; four times as many at once. Default 10; 1 to 10,000.</summary>
    public int LoginRate
    {
        get;
        init => field = value is >= 1 and <= 10_000 ? value : throw new StartupException(ExitCode.Settings, "The login rate is 1 to 10,000 logins a second.");
    } = 10;

    /// <summary>Other calls under /auth from one remote address, a second; four times as many at once. Default 200; 1 to 100,000.</summary>
    public int AuthRate
    {
        get;
        init => field = value is >= 1 and <= 100_000 ? value : throw new StartupException(ExitCode.Settings, "The auth rate is 1 to 100,000 calls a second.");
    } = 200;

    /// <summary>Where the organisation's own users log in. Null: at the node only.</summary>
    public IdentityProvider? IdentityProvider { get; init; }

    /// <summary>Who may call: clients and their public keys.</summary>
    public string SmartDatabase => Path.Combine(Data, "smart.db");

    /// <summary>Whether FHIR answers on this machine only.</summary>
    public bool IsLoopbackOnly => Split(Urls).All(url => IsLoopback(new Uri(url)));

    /// <summary>Folder of the keys, outside the data folder. Default: a folder of its own for each data folder under the user's configuration folder.</summary>
    public string Keys
    {
        get => field ?? DefaultKeysFor(Data);
        init => field = Path.GetFullPath(Required(value, "keys"));
    }

    /// <summary>Opens the keys. Null: a generated key file that only its owner may read does.</summary>
    public string? Passphrase { get; init; }

    /// <summary>The genesis of the consortium. Null: the one in the data folder, or a new consortium of one.</summary>
    public string? Genesis { get; init; }

    /// <summary>Name of the organisation, for people. At most 200 bytes of UTF-8.</summary>
    public string Name
    {
        get;
        init => field = Bounded(value, "name", 200);
    } = "My organisation";

    /// <summary>hospital, clinic, insurer, pharmacy, … At most 40 bytes.</summary>
    public string Kind
    {
        get;
        init => field = Bounded(value, "kind", 40);
    } = "hospital";

    /// <summary>The address under which other members reach this node, for its descriptor. Default: the first of <see cref="PeerUrls"/>, else of <see cref="Urls"/>.</summary>
    public string Endpoint
    {
        get => field ?? Split(PeerUrls ?? Urls)[0];
        init => field = Bounded(value, "endpoint", 400);
    }

    /// <summary>Time between two looks at another member's newest checkpoint. Default 3 s; 100 ms to 1 minute.</summary>
    public TimeSpan GossipInterval
    {
        get;
        init => field = Within(value, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1), "The gossip interval is 100 ms to 1 minute.");
    } = TimeSpan.FromSeconds(3);

    /// <summary>How often a checkpoint also carries ML-DSA-44 signatures, where this organisation is the sequencer. Default 1 minute; 1 second to 1 hour.</summary>
    public TimeSpan QuantumSafeInterval
    {
        get;
        init => field = Within(value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), "The quantum-safe interval is 1 second to 1 hour.");
    } = TimeSpan.FromMinutes(1);

    /// <summary>Room for the wallets' directories, in MiB; one that does not fit any more is refused. Default 4,096; 1 to 1,000,000.</summary>
    public int DirectoryQuota
    {
        get;
        init
        {
            field = value is >= 1 and <= 1_000_000 ? value : throw new StartupException(ExitCode.Settings, "The directory quota is 1 to 1,000,000 MiB.");
        }
    } = 4_096;

    /// <summary>Types of the directory that are shared with the other members, each of <see cref="SharingTable.Types"/>. Default all of these; none is possible.</summary>
    public IReadOnlySet<string> SharedTypes
    {
        get;
        init
        {
            field = value.FirstOrDefault(type => !SharingTable.Has(type)) is { } other
                ? throw new StartupException(ExitCode.Settings, $"'{other}' can't be shared: write none, or some of {string.Join(',', SharingTable.Types.Order(StringComparer.Ordinal))}.")
                : value;
        }
    } = SharingTable.Types;

    /// <summary>Time between two looks at another member's shared directory. Default 1 minute; 100 ms to 1 hour.</summary>
    public TimeSpan SharingInterval
    {
        get;
        init => field = Within(value, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), "The sharing interval is 100 ms to 1 hour.");
    } = TimeSpan.FromMinutes(1);

    /// <summary>What decides a record's category. Default: the project's own table; otherwise the whole of it is the organisation's, in a file of the same form.</summary>
    public CategoryTable CategoryTable { get; init; } = CategoryTable.Default;

    /// <summary>How long the files of an export can be downloaded after it has ended. Default 24 hours; 1 second to 30 days.</summary>
    public TimeSpan ExportLifetime
    {
        get;
        init => field = Within(value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30), "The lifetime of exports is 1 second to 30 days.");
    } = TimeSpan.FromHours(24);

    /// <summary>How long the operator keeps backups of the vault: so long after an erasure this node says that the last one from before is gone. Default 30 days, which is also the most; 0 where there are none.</summary>
    public TimeSpan BackupRetention
    {
        get;
        init => field = Within(value, TimeSpan.Zero, TimeSpan.FromDays(30), "Backups of the vault are kept for 0 to 30 days.");
    } = TimeSpan.FromDays(30);

    /// <summary>Time between two looks under one grant for subscriptions: each is an entry of the ledger. Default 15 minutes; 100 ms to 1 day.</summary>
    public TimeSpan SubscriptionInterval
    {
        get;
        init => field = Within(value, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1), "The interval of subscriptions is 100 ms to 1 day.");
    } = TimeSpan.FromMinutes(15);

    /// <summary>How long a notification that failed waits before it is tried again; twice as long each further time, up to an hour. Default 30 seconds; 1 ms to 1 hour.</summary>
    public TimeSpan SubscriptionRetry
    {
        get;
        init => field = Within(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), "The retry of subscriptions is 1 ms to 1 hour.");
    } = TimeSpan.FromSeconds(30);

    /// <summary>Networks that are not of the public internet, in which subscribers' endpoints may be all the same. Default: the machine itself (loopback) where the node listens there only, else none.</summary>
    public IReadOnlyList<IPNetwork> SubscriptionNetworks
    {
        get => field ?? (IsLoopbackOnly ? Loopback : []);
        init;
    }

    /// <summary>Whether this organisation agrees to be a guardian of its patients' wallets: its staff then identify who has lost a phone. Default no. What was agreed to before stays.</summary>
    public bool Guardian { get; init; }

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="StartupException">One of them can't be.</exception>
    public static NodeSettings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("EhrLedger");
        var settings = new NodeSettings();
        settings = settings with
        {
            Data = section["Data"] ?? settings.Data,
            Urls = section["Urls"] ?? settings.Urls,
            PeerUrls = section["PeerUrls"],
            Passphrase = ReadPassphrase(section),
            Genesis = section["Genesis"],
            Name = section["Name"] ?? settings.Name,
            Kind = section["Kind"] ?? settings.Kind,
        };
        settings = section["Keys"] is { } keys ? settings with { Keys = keys } : settings;
        settings = section["Endpoint"] is { } endpoint ? settings with { Endpoint = endpoint } : settings;
        settings = ReadTime(section, "GossipInterval") is { } gossip ? settings with { GossipInterval = gossip } : settings;
        settings = ReadTime(section, "QuantumSafeInterval") is { } quantumSafe ? settings with { QuantumSafeInterval = quantumSafe } : settings;
        settings = ReadTime(section, "SharingInterval") is { } sharing ? settings with { SharingInterval = sharing } : settings;
        settings = section["CategoryTable"] is { } table ? settings with { CategoryTable = ReadCategories(table) } : settings;
        settings = ReadTime(section, "ExportLifetime") is { } exports ? settings with { ExportLifetime = exports } : settings;
        settings = ReadTime(section, "BackupRetention") is { } backups ? settings with { BackupRetention = backups } : settings;
        settings = ReadTime(section, "SubscriptionInterval") is { } looks ? settings with { SubscriptionInterval = looks } : settings;
        settings = ReadTime(section, "SubscriptionRetry") is { } retry ? settings with { SubscriptionRetry = retry } : settings;
        settings = section["SubscriptionNetworks"] is { } networks ? settings with { SubscriptionNetworks = ReadNetworks(networks) } : settings;
        settings = section["SharedTypes"] is { } types ? settings with { SharedTypes = ReadTypes(types) } : settings;
        settings = settings with { Guardian = ReadAnswer(section, "Guardian") };

        settings = ReadNumber(section, "DirectoryQuota") is { } quota ? settings with { DirectoryQuota = quota } : settings;
        settings = section["PublicUrl"] is { } publicUrl ? settings with { PublicUrl = publicUrl } : settings;
        settings = section["AdminSocket"] is { } socket ? settings with { AdminSocket = socket } : settings;
        settings = ReadNumber(section, "ClientRate") is { } clientRate ? settings with { ClientRate = clientRate } : settings;
        settings = ReadNumber(section, "TokenRate") is { } tokenRate ? settings with { TokenRate = tokenRate } : settings;
        settings = ReadNumber(section, "LoginRate") is { } loginRate ? settings with { LoginRate = loginRate } : settings;
        settings = ReadNumber(section, "AuthRate") is { } authRate ? settings with { AuthRate = authRate } : settings;
        settings = settings with { IdentityProvider = IdentityProvider.Read(section) };

        settings.Check();
        return settings;
    }

    /// <summary>All addresses that are listened on.</summary>
    public string[] AllUrls() => [.. Split(Urls), .. PeerUrls is null ? [] : Split(PeerUrls)];

    /// <summary>The ports of the addresses that FHIR and the admin calls answer on.</summary>
    public IEnumerable<int> PrivatePorts() => Split(Urls).Select(url => new Uri(url).Port);

    /// <summary>Base of the FHIR API, as this organisation's own systems reach it.</summary>
    public string FhirBase() => $"{PublicUrl.TrimEnd('/')}/fhir";

    /// <summary>Whether a connection to this local address may ask for FHIR and tokens.</summary>
    public bool AnswersFhirAt(IPAddress local, int port, bool isHttps) => Split(Urls).Select(url => new Uri(url)).Any(url =>
        url.Port == port
        && url.Scheme == Uri.UriSchemeHttps == isHttps
        && (!IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? url.Host != "localhost" || IPAddress.IsLoopback(local)
            : address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.Equals(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local)));

    private void Check()
    {
        foreach (var url in AllUrls())
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new StartupException(ExitCode.Settings, $"'{url}' is no address; write http://127.0.0.1:5080, for instance.");
            }
        }

        if (Split(Urls).Select(url => new Uri(url)).FirstOrDefault(url => url.Scheme == Uri.UriSchemeHttp && !IsLoopback(url)) is { } open)
        {
            throw new StartupException(
                ExitCode.Settings,
                $"{open} can be reached from other machines, and over http anyone on the way reads patients' records and tokens. Set urls to https addresses or to a loopback address, and peerUrls to the address for other members.");
        }

        if (!Uri.TryCreate(PublicUrl, UriKind.Absolute, out var named) || named.PathAndQuery != "/" || !(named.Scheme == Uri.UriSchemeHttps || (named.Scheme == Uri.UriSchemeHttp && IsLoopback(named)))
            || (IPAddress.TryParse(named.Host.Trim('[', ']'), out var any) && (any.Equals(IPAddress.Any) || any.Equals(IPAddress.IPv6Any))))
        {
            throw new StartupException(ExitCode.Settings, $"'{PublicUrl}' is no address that applications can use: set publicUrl to https and a name, without a path.");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(AdminSocket) > 100)
        {
            throw new StartupException(ExitCode.Settings, $"The path of the operator's socket has more than 100 bytes ({AdminSocket}). Set adminSocket to a shorter one.");
        }

        if (IsWithin(Keys, Data))
        {
            throw new StartupException(ExitCode.Settings, $"The keys ({Keys}) may not lie in the data folder ({Data}): whoever gets a copy of the data must not get the keys.");
        }
    }

    private static bool IsLoopback(Uri uri) => uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string[] Split(string urls) => urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string DefaultKeysFor(string data) => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "ehrledger",
        Digest.Of(System.Text.Encoding.UTF8.GetBytes(data)).ToString()[..16]);

    private static string? ReadPassphrase(IConfigurationSection section)
    {
        if (section["PassphraseFile"] is not { } file)
        {
            return section["Passphrase"];
        }

        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Keys, $"The passphrase file {file} can't be read.", unreadable);
        }
    }

    private static CategoryTable ReadCategories(string file)
    {
        try
        {
            return CategoryTable.Parse(File.ReadAllBytes(Required(file, "category-table")), out var fault)
                ?? throw new StartupException(ExitCode.Settings, $"The table of categories {file} can't be used. {fault}");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Settings, $"The table of categories {file} can't be read.", unreadable);
        }
    }

    private static HashSet<string> ReadTypes(string text) =>
        Required(text, "shared-types").Trim() == "none" ? [] : [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static IPNetwork[] ReadNetworks(string text) => Required(text, "subscription-networks").Trim() == "none" ? [] :
    [
        .. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(one => IPNetwork.TryParse(one, out var network)
            ? network
            : throw new StartupException(ExitCode.Settings, $"SubscriptionNetworks: '{one}' is no network; write 10.1.0.0/16 or fd00::/8, or none.")),
    ];

    internal static TimeSpan? ReadTime(IConfigurationSection section, string name) =>
        section[name] is not { } text ? null
        : TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var read) ? read
        : throw new StartupException(ExitCode.Settings, $"{name}: '{text}' is no time; write 00:00:03 for three seconds.");

    private static bool ReadAnswer(IConfigurationSection section, string name) => section[name]?.Trim().ToLowerInvariant() switch
    {
        null or "no" => false,
        "yes" => true,
        _ => throw new StartupException(ExitCode.Settings, $"{name}: write yes or no."),
    };

    private static int? ReadNumber(IConfigurationSection section, string name) =>
        section[name] is not { } text ? null
        : int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var read) ? read
        : throw new StartupException(ExitCode.Settings, $"{name}: '{text}' is no number.");

    private static TimeSpan Within(TimeSpan value, TimeSpan least, TimeSpan most, string error) =>
        value >= least && value <= most ? value : throw new StartupException(ExitCode.Settings, error);

    private static string Required(string value, string name) =>
        string.IsNullOrWhiteSpace(value) ? throw new StartupException(ExitCode.Settings, $"The setting '{name}' is empty.") : value;

    private static string Bounded(string value, string name, int bytes) =>
        System.Text.Encoding.UTF8.GetByteCount(Required(value, name)) <= bytes
            ? value
            : throw new StartupException(ExitCode.Settings, $"The setting '{name}' has more than {bytes} bytes.");

    /// <summary>Never the passphrase.</summary>
    public override string ToString() => $"data {Data}, urls {Urls}, keys {Keys}";
}
