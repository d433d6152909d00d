using System.Globalization;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Commands;

/// <summary>The executable's commands: without one it runs the node.</summary>
internal static class CommandLine
{
    private const string Usage = """
        EhrLedger.Node                     runs the node
        EhrLedger.Node member --out FILE   makes this organisation's keys, and writes what the others need to know of it
        EhrLedger.Node genesis --name NAME --sequencer DID --recovery-hours N --out FILE MEMBER-FILE ...
                                           founds a consortium of these members; whoever recovers a wallet through guardians waits N hours at least (24)
        Settings, for each command: --data FOLDER --urls URL --peer-urls URL --keys FOLDER --passphrase-file FILE
                                    --genesis FILE --name NAME --kind KIND --endpoint URL
        """;

    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--data"] = "EhrLedger:Data",
        ["--urls"] = "EhrLedger:Urls",
        ["--peer-urls"] = "EhrLedger:PeerUrls",
        ["--keys"] = "EhrLedger:Keys",
        ["--passphrase-file"] = "EhrLedger:PassphraseFile",
        ["--genesis"] = "EhrLedger:Genesis",
        ["--name"] = "EhrLedger:Name",
        ["--kind"] = "EhrLedger:Kind",
        ["--endpoint"] = "EhrLedger:Endpoint",
        ["--gossip-interval"] = "EhrLedger:GossipInterval",
        ["--directory-quota"] = "EhrLedger:DirectoryQuota",
        ["--category-table"] = "EhrLedger:CategoryTable",
        ["--shared-types"] = "EhrLedger:SharedTypes",
        ["--sharing-interval"] = "EhrLedger:SharingInterval",
        ["--export-lifetime"] = "EhrLedger:ExportLifetime",
        ["--backup-retention"] = "EhrLedger:BackupRetention",
        ["--subscription-interval"] = "EhrLedger:SubscriptionInterval",
        ["--subscription-retry"] = "EhrLedger:SubscriptionRetry",
        ["--subscription-networks"] = "EhrLedger:SubscriptionNetworks",
        ["--quantum-safe-interval"] = "EhrLedger:QuantumSafeInterval",
        ["--guardian"] = "EhrLedger:Guardian",
        ["--public-url"] = "EhrLedger:PublicUrl",
        ["--admin-socket"] = "EhrLedger:AdminSocket",
        ["--client-rate"] = "EhrLedger:ClientRate",
        ["--token-rate"] = "EhrLedger:TokenRate",
        ["--login-rate"] = "EhrLedger:LoginRate",
        ["--auth-rate"] = "EhrLedger:AuthRate",
        ["--idp-issuer"] = "EhrLedger:IdpIssuer",
        ["--idp-client"] = "EhrLedger:IdpClient",
        ["--idp-secret-file"] = "EhrLedger:IdpSecretFile",
        ["--idp-key-file"] = "EhrLedger:IdpKeyFile",
        ["--idp-scope"] = "EhrLedger:IdpScope",
        ["--idp-role-claim"] = "EhrLedger:IdpRoleClaim",
        ["--idp-roles"] = "EhrLedger:IdpRoles",
        ["--idp-fhir-user-claim"] = "EhrLedger:IdpFhirUserClaim",
        ["--idp-lifetime"] = "EhrLedger:IdpLifetime",
        ["--out"] = "Out",
        ["--sequencer"] = "Sequencer",
        ["--recovery-hours"] = "RecoveryHours",
    };

    /// <summary>Runs what the arguments ask for.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var command = args is [var first, ..] && !first.StartsWith('-') ? first : "run";
            var (options, files) = Split(command == "run" && args is not ["run", ..] ? args : args[1..]);
            var configuration = new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
                .AddEnvironmentVariables()
                .AddCommandLine(options, Switches)
                .Build();
            switch (command)
            {
                case "run":
                    return (int)await NodeHost.RunAsync(configuration).ConfigureAwait(false);
                case "member":
                    WriteMember(configuration);
                    return (int)ExitCode.Fine;
                case "genesis":
                    WriteGenesis(configuration, files);
                    return (int)ExitCode.Fine;
                case "help":
                    Console.WriteLine(Usage);
                    return (int)ExitCode.Fine;
                default:
                    throw new StartupException(ExitCode.Settings, $"There is no command '{command}'.\n{Usage}");
            }
        }
        catch (StartupException plain)
        {
            await Console.Error.WriteLineAsync(plain.Message).ConfigureAwait(false);
            return (int)plain.ExitCode;
        }
    }

    private static void WriteMember(IConfiguration configuration)
    {
        var settings = NodeSettings.Read(configuration);
        var store = new FileKeyStore(settings.Keys, settings.Passphrase);
        using var keys = store.Find() ?? NewKeys(store);
        Write(configuration, keys.Describe(settings.Name, settings.Kind, settings.Endpoint).Encode());
        Console.WriteLine($"{settings.Name} is {keys.Organisation}; its keys are in {settings.Keys}.");
    }

    private static OrganisationKeys NewKeys(FileKeyStore store)
    {
        var keys = OrganisationKeys.Generate();
        store.Keep(keys);
        return keys;
    }

    private static void WriteGenesis(IConfiguration configuration, IReadOnlyList<string> files)
    {
        var members = files.Select(file => MemberDescriptor.TryParse(ReadFile(file)) ?? throw new StartupException(ExitCode.Settings, $"{file} is no member descriptor.")).ToArray();
        if (members.Length == 0)
        {
            throw new StartupException(ExitCode.Settings, "A consortium needs at least one member file.");
        }

        var sequencer = configuration["Sequencer"] is not { } did ? members[0].Member.Organisation
            : Ed25519PublicKey.FromDidKey(did) is { } key ? new OrganisationId(key)
            : throw new StartupException(ExitCode.Settings, $"'{did}' is no did:key of an organisation.");
        var hours = configuration["RecoveryHours"] is not { } asked ? Genesis.UsualRecoveryHours
            : int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Genesis.MostRecoveryHours ? number
            : throw new StartupException(ExitCode.Settings, $"A recovery waits 1 to {Genesis.MostRecoveryHours} hours at least, not '{asked}'.");
        var genesis = Consortium.Found(configuration["EhrLedger:Name"] ?? "EhrLedger", TimeProvider.System.GetUtcNow(), sequencer, members, hours);
        Write(configuration, genesis.Bytes.Span);
        Console.WriteLine($"The consortium '{genesis.Name}' of {members.Length} has the genesis {genesis.Digest}. Give the file to every member, and the digest to every wallet.");
    }

    private static byte[] ReadFile(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Settings, $"{file} can't be read.", unreadable);
        }
    }

    private static void Write(IConfiguration configuration, ReadOnlySpan<byte> content)
    {
        var file = configuration["Out"] ?? throw new StartupException(ExitCode.Settings, "Say where to write it: --out FILE.");
        try
        {
            File.WriteAllBytes(file, content);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Settings, $"{file} can't be written.", unwritable);
        }
    }

    private static (string[] Options, List<string> Files) Split(string[] args)
    {
        var options = new List<string>();
        var files = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                files.Add(args[i]);
                continue;
            }

            var name = args[i].Split('=', 2)[0];
            if (!Switches.ContainsKey(name) || (name == args[i] && i + 1 == args.Length))
            {
                throw new StartupException(ExitCode.Settings, $"'{args[i]}' is no option, or lacks its value.\n{Usage}");
            }

            options.Add(args[i]);
            if (name == args[i])
            {
                options.Add(args[++i]);
            }
        }

        return ([.. options], files);
    }
}
