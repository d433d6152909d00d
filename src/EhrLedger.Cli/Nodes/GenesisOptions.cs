using System.CommandLine;
using System.CommandLine.Parsing;
using EhrLedger.Cli.Shell;
using EhrLedger.Client;
using EhrLedger.Client.Transport;
using EhrLedger.Crypto;

namespace EhrLedger.Cli.Nodes;

/// <summary>The options that say whom to trust: a genesis file, or the digest of the genesis.</summary>
internal sealed class GenesisOptions
{
    private const int LargestGenesis = 1 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Option<string?> _file = new("--genesis") { Description = "The consortium's genesis, as its members have it.", HelpName = "FILE" };

    private readonly Option<Digest?> _pin = new("--pin")
    {
        Description = "SHA-256 of the genesis, 64 hexadecimal digits: a node prints it when it starts.",
        HelpName = "DIGEST",
        CustomParser = ParseDigest,
    };

    /// <summary>Adds them.</summary>
    public GenesisOptions AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_pin);
        return this;
    }

    /// <summary>Whether a genesis file is named, so that no node needs to be asked.</summary>
    public bool HasFile(ParseResult parsed) => parsed.GetValue(_file) is not null;

    /// <summary>The named file's consortium, without asking anybody.</summary>
    /// <exception cref="CommandException">The file can't be read, or is not the pinned genesis.</exception>
    public TrustedConsortium ReadFile(ParseResult parsed)
    {
        var file = parsed.GetValue(_file)!;
        var bytes = LocalFile.Read(file, LargestGenesis);
        if (parsed.GetValue(_pin) is { } pin && Digest.Of(bytes) != pin)
        {
            throw new CommandException(ExitCode.Usage, $"{file} has the digest {Digest.Of(bytes)}, not the pinned one.");
        }

        return Consortium.Open(bytes, Digest.Of(bytes)) is { } consortium
            ? new TrustedConsortium(consortium, IsPinned: true)
            : throw new CommandException(ExitCode.Usage, $"{file} is no genesis.");
    }

    /// <summary>The consortium of a node, held against the file or the pin where there is one.</summary>
    /// <exception cref="CommandException">The node can't be reached, has no genesis, or has another one.</exception>
    public async Task<TrustedConsortium> FetchAsync(ParseResult parsed, IRoute route, Uri node, CancellationToken cancellationToken)
    {
        var expected = HasFile(parsed) ? ReadFile(parsed) : null;
        var pin = expected?.Consortium.Digest ?? parsed.GetValue(_pin);
        var answer = await route.SendAsync(new NodeCall(node, HttpMethod.Get, "/ledger/genesis", null, null, LargestGenesis, Limit), cancellationToken).ConfigureAwait(false);
        if (!answer.TryGet(out var bytes))
        {
            throw new CommandException(ExitCode.Unreachable, answer.WhyNoNode(node));
        }

        if (pin is { } pinned && Digest.Of(bytes.Span) != pinned)
        {
            throw new CommandException(ExitCode.Finding, $"Finding: {node} has the genesis {Digest.Of(bytes.Span)}, not {pinned}: it belongs to another consortium.");
        }

        return expected
            ?? (Consortium.Open(bytes, Digest.Of(bytes.Span)) is { } consortium
                ? new TrustedConsortium(consortium, pin is not null)
                : throw new CommandException(ExitCode.Unreachable, $"{node} gives no genesis that can be read: it is no node of EhrLedger, or of another version."));
    }

    private static Digest? ParseDigest(ArgumentResult result)
    {
        if (result.Tokens is [var token] && Digest.TryParseHex(token.Value, out var digest))
        {
            return digest;
        }

        result.AddError("A pin is 64 lower-case hexadecimal digits.");
        return null;
    }
}
