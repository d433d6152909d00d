using EhrLedger.Cli.Nodes;
using EhrLedger.Cli.Shell;
using EhrLedger.Client.Transport;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.Cli.Audits;

/// <summary>
/// Whether the ML-DSA-44 lines under a node's newest checkpoint of that kind verify. The keys are each member's own word, fetched from the address that the genesis names. Nothing counts these lines yet, so
/// what is missing is said and is no finding; what is wrong is one.
/// </summary>
internal sealed class QuantumSafeCheck(IRoute route, TrustedConsortium trusted)
{
    private const int LargestStatement = 16 << 10;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Looks at them.</summary>
    /// <returns>A sentence for the operator, and whether it is a finding.</returns>
    public async Task<(string Text, bool IsFinding)> RunAsync(Uri node, CancellationToken cancellationToken)
    {
        if (await FetchAsync(node, "/ledger/quantum-safe-checkpoint", SignedNote.MaxBytes, cancellationToken).ConfigureAwait(false) is not { } bytes)
        {
            return ("ML-DSA-44: the node shows no checkpoint that carries it.", false);
        }

        if (SignedCheckpoint.Parse(bytes.Span) is not { } received || trusted.Consortium.Policy.Open(received) is not { } cosigned)
        {
            return ("the checkpoint that should carry ML-DSA-44 is not signed by the consortium's log, or not cosigned by a quorum.", true);
        }

        var good = new List<string>();
        foreach (var (name, key) in await KeysAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!received.Note.Signatures.Any(line => line.Name == key.Name && line.KeyId == key.KeyId))
            {
                continue;
            }

            if (received.Note.Open(key).IsEmpty)
            {
                return ($"the ML-DSA-44 signature of {name} at size {cosigned.Checkpoint.Size} is not good.", true);
            }

            good.Add(name);
        }

        var unknown = received.QuantumSafeLines - good.Count;
        return ($"ML-DSA-44: {good.Count} signatures verify at size {cosigned.Checkpoint.Size}: {Printable.List(good)}{(unknown > 0 ? $"; {unknown} more of members that did not give their key" : "")}.", false);
    }

    private async Task<List<(string Name, NoteVerifier Key)>> KeysAsync(CancellationToken cancellationToken)
    {
        var genesis = trusted.Consortium.Genesis;
        var keys = new List<(string, NoteVerifier)>();
        foreach (var member in genesis.Members)
        {
            if (Uri.TryCreate(member.Endpoint, UriKind.Absolute, out var address)
                && await FetchAsync(address, "/ledger/cosigning-keys", LargestStatement, cancellationToken).ConfigureAwait(false) is { } statement
                && CosigningKeys.Open(statement, member, genesis) is { } own)
            {
                keys.Add((Printable.Line(member.Name, 100), own.Witness));
                if (own.Log is { } log)
                {
                    keys.Add(("the log", log));
                }
            }
        }

        return keys;
    }

    private async Task<ReadOnlyMemory<byte>?> FetchAsync(Uri address, string path, int most, CancellationToken cancellationToken) =>
        await route.SendAsync(new NodeCall(address, HttpMethod.Get, path, null, null, most, Limit), cancellationToken).ConfigureAwait(false) is Answer<ReadOnlyMemory<byte>>.Given(var bytes)
            ? bytes
            : (ReadOnlyMemory<byte>?)null;
}
