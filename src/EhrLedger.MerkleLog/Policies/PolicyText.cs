using System.Text;
using System.Text.Unicode;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Policies;

/// <summary>Reads the lines of a policy. At most 1 MiB, and 128 logs, witnesses and groups each.</summary>
/// <remarks>Source: c2sp.org/tlog-policy, "Policy file syntax and structure". Names and URLs are octets, kept as one character each.</remarks>
internal sealed class PolicyText
{
    private const int MaxBytes = 1024 * 1024;
    private const int MostOfAKind = 128;
    private const string None = "none";

    private readonly List<PolicyLog> _logs = [];
    private readonly List<PolicyWitness> _witnesses = [];
    private readonly List<PolicyGroup> _groups = [];
    private readonly HashSet<string> _defined = [];
    private readonly HashSet<string> _members = [];
    private string? _quorum;

    public static WitnessPolicy? Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxBytes || text.IsEmpty || text[^1] != '\n' || HasForbiddenOctet(text))
        {
            return null;
        }

        var policy = new PolicyText();
        foreach (string line in Encoding.Latin1.GetString(text[..^1]).Split('\n'))
        {
            string[] items = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (items.Length > 0 && items[0][0] != '#' && !policy.Take(items))
            {
                return null;
            }
        }

        return policy._quorum is { } quorum
            ? new WitnessPolicy(text, [.. policy._logs], [.. policy._witnesses], [.. policy._groups], quorum == None ? null : quorum)
            : null;
    }

    private static bool HasForbiddenOctet(ReadOnlySpan<byte> text)
    {
        foreach (byte octet in text)
        {
            if ((octet < ' ' && octet is not ((byte)'\t' or (byte)'\n')) || octet == 0x7F)
            {
                return true;
            }
        }

        return false;
    }

    private bool Take(string[] items) => items switch
    {
        ["log", string key] => TakeLog(key, url: null),
        ["log", string key, string url] => TakeLog(key, url),
        ["witness", string name, string key] => TakeWitness(name, key, url: null),
        ["witness", string name, string key, string url] => TakeWitness(name, key, url),
        ["group", string name, string threshold, .. string[] members] => TakeGroup(name, threshold, members),
        ["quorum", string name] => TakeQuorum(name),
        _ => false,
    };

    private bool TakeLog(string key, string? url)
    {
        if (_logs.Count == MostOfAKind
            || ReadKey(key) is not { Type: NoteSignatureType.Ed25519 or NoteSignatureType.MlDsa44Cosignature } verifier
            || _logs.Any(log => HaveSamePublicKey(log.Key, verifier)))
        {
            return false;
        }

        _logs.Add(new PolicyLog(verifier, url));
        return true;
    }

    private bool TakeWitness(string name, string key, string? url)
    {
        if (_witnesses.Count == MostOfAKind
            || ReadKey(key) is not { Type: NoteSignatureType.Ed25519Cosignature or NoteSignatureType.MlDsa44Cosignature } verifier
            || _witnesses.Any(witness => HaveSamePublicKey(witness.Key, verifier))
            || !Define(name))
        {
            return false;
        }

        _witnesses.Add(new PolicyWitness(name, verifier, url));
        return true;
    }

    private bool TakeGroup(string name, string threshold, string[] members)
    {
        // Once a member, never again: so each witness counts towards the quorum in one way only.
        if (_groups.Count == MostOfAKind
            || !Array.TrueForAll(members, member => _defined.Contains(member) && _members.Add(member))
            || ReadThreshold(threshold, members.Length) is not { } least
            || !Define(name))
        {
            return false;
        }

        _groups.Add(new PolicyGroup(name, least, [.. members]));
        return true;
    }

    private bool TakeQuorum(string name)
    {
        if (_quorum is not null || (name != None && !_defined.Contains(name)))
        {
            return false;
        }

        _quorum = name;
        return true;
    }

    private bool Define(string name) => name != None && _defined.Add(name);

    private static int? ReadThreshold(string threshold, int members)
    {
        ulong? least = threshold switch
        {
            "all" => (ulong)members,
            "any" => 1,
            _ => StrictText.TryDecimal(threshold, out ulong number) ? number : null,
        };
        return least >= 1 && least <= (ulong)members ? (int)least : null;
    }

    /// <summary>Key names are UTF-8, unlike the other octets of a policy.</summary>
    private static NoteVerifier? ReadKey(string octets)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(octets);
        return Utf8.IsValid(bytes) ? NoteVerifier.Parse(Encoding.UTF8.GetString(bytes)) : null;
    }

    private static bool HaveSamePublicKey(NoteVerifier one, NoteVerifier other) => one.PublicKey.AsSpan().SequenceEqual(other.PublicKey.AsSpan());
}
