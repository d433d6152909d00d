using System.CommandLine;
using System.Text;
using EhrLedger.Cli.Shell;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Cli.Keys;

/// <summary><c>keys did FILE</c>: whose name stands in a public file, to be compared by telephone before it is trusted.</summary>
internal static class DidCommand
{
    private const int LargestFile = 1 << 20;

    /// <summary>Makes the command.</summary>
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("did", "Shows the did:key of a member file, of each member of a genesis, or of an Ed25519 public key.");
        var file = new Argument<string>("FILE") { Description = "What 'EhrLedger.Node member' or 'genesis' wrote, 32 raw bytes, 64 hexadecimal digits, or a did:key." };
        command.Add(file);
        command.SetAction(parsed => (int)Run(surroundings.Terminal, parsed.GetRequiredValue(file)));
        return command;
    }

    private static ExitCode Run(Terminal terminal, string path)
    {
        var lines = Read(LocalFile.Read(path, LargestFile));
        foreach (var line in lines)
        {
            terminal.Say(line);
        }

        return lines.Count > 0 ? ExitCode.Fine : throw new CommandException(ExitCode.Finding, $"Finding: {path} is no member file, no genesis and no Ed25519 public key.");
    }

    /// <summary>The lines to show; none for anything else.</summary>
    private static List<string> Read(byte[] bytes) =>
        Genesis.TryParse(bytes) is { } genesis ? [$"genesis {genesis.Digest}  {Printable.Line(genesis.Name)}", .. genesis.Members.Select(Show)]
        : ReadMember(bytes) is { } member ? [Show(member)]
        : ReadKey(bytes) is { } key ? [key.ToDidKey()]
        : [];

    // docs: what an organisation hands to the others before there is a consortium is [ member, log-key: text ].
    private static Member? ReadMember(byte[] bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var member = reader.Require(Member.TryParse(reader.ReadItem()));
        reader.ReadText(400);
        reader.ReadEndArray();
        return member;
    });

    private static Ed25519PublicKey? ReadKey(byte[] bytes)
    {
        if (Ed25519PublicKey.TryFromBytes(bytes, out var raw))
        {
            return raw;
        }

        if (bytes.Length > 200)
        {
            return null;
        }

        var text = Encoding.ASCII.GetString(bytes).Trim();
        return DidKey.FindEd25519(text) is { } named ? named
            : text.Length == 2 * Ed25519PublicKey.Length && text.All(char.IsAsciiHexDigit) && Ed25519PublicKey.TryFromBytes(Convert.FromHexString(text), out var key) ? key
            : null;
    }

    private static string Show(Member member) => $"{member.Organisation}  {Printable.Line(member.Name, 100)} ({Printable.Line(member.Kind, 40)}), {Printable.Line(member.Endpoint)}";
}
