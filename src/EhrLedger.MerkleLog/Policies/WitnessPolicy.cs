using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Policies;

/// <summary>Which logs are trusted, and whose cosignatures make a checkpoint valid.</summary>
/// <remarks>
/// Source: c2sp.org/tlog-policy. It counts exactly the keys that it names: where it names Ed25519 keys, as those of
/// <see cref="QuorumPolicy"/> do, ML-DSA-44 cosignatures neither help nor hinder.
/// </remarks>
public sealed class WitnessPolicy
{
    private const int MostOpened = 64;

    private readonly ImmutableArray<byte> _text;
    private readonly ImmutableArray<PolicyGroup> _groups;
    private readonly string? _quorum;
    private readonly ConcurrentDictionary<Digest, CosignedCheckpoint> _opened = new();

    internal WitnessPolicy(
        ReadOnlySpan<byte> text,
        ImmutableArray<PolicyLog> logs,
        ImmutableArray<PolicyWitness> witnesses,
        ImmutableArray<PolicyGroup> groups,
        string? quorum)
    {
        _text = [.. text];
        Logs = logs;
        Witnesses = witnesses;
        _groups = groups;
        _quorum = quorum;
    }

    /// <summary>The logs, in the order of their lines. Any of them may have signed.</summary>
    public ImmutableArray<PolicyLog> Logs { get; }

    /// <summary>The witnesses, in the order of their lines.</summary>
    public ImmutableArray<PolicyWitness> Witnesses { get; }

    /// <summary>Reads a policy.</summary>
    /// <returns>Null for anything that the standard does not allow, or beyond the limits of <see cref="PolicyText"/>.</returns>
    public static WitnessPolicy? Parse(ReadOnlySpan<byte> text) => PolicyText.Read(text);

    /// <summary>A policy that asks for the log's own signature only.</summary>
    /// <param name="log">The log's key, named like its origin.</param>
    public static WitnessPolicy ForLogAlone(NoteVerifier log)
    {
        ArgumentNullException.ThrowIfNull(log);
        return Parse(Encoding.UTF8.GetBytes($"log {log}\nquorum none\n")) ?? throw new ArgumentException("Not a log's key.", nameof(log));
    }

    /// <summary>The very bytes that were read: comments and white space are part of what a digest pins.</summary>
    public byte[] Encode() => [.. _text];

    /// <summary>Whether these keys are enough.</summary>
    /// <param name="cosigners">Keys whose cosignatures under one checkpoint the caller has verified. Others than the policy's are ignored.</param>
    public bool IsSatisfiedBy(IEnumerable<NoteVerifier> cosigners)
    {
        if (_quorum is null)
        {
            return true;
        }

        HashSet<NoteVerifier> signed = [.. cosigners];
        HashSet<string> witnessed = [.. Witnesses.Where(witness => signed.Contains(witness.Key)).Select(witness => witness.Name)];
        // Groups stand in the order of their lines, and each names only what stands before it.
        foreach (PolicyGroup group in _groups)
        {
            if (group.Members.Count(witnessed.Contains) >= group.Threshold)
            {
                witnessed.Add(group.Name);
            }
        }

        return witnessed.Contains(_quorum);
    }

    /// <summary>Checks the log's signature and verifies the cosignatures of this policy's witnesses, without asking for a quorum.</summary>
    /// <returns>Null if none of this policy's logs signed it, or a line of a known key is wrong.</returns>
    public Checkpoint? OpenLogged(SignedCheckpoint received) =>
        Checkpoint.Open(received, Logs.Select(log => log.Key), Witnesses.Select(witness => witness.Key));

    /// <summary>Checks the log's signature and the quorum.</summary>
    /// <returns>Null unless one of the logs signed it and the quorum cosigned it. Never throws on hostile input.</returns>
    /// <remarks>The last ones that opened are remembered by their bytes: a client is given the same checkpoint with every proof, and in a browser each signature costs ten milliseconds.</remarks>
    public CosignedCheckpoint? Open(SignedCheckpoint received)
    {
        ArgumentNullException.ThrowIfNull(received);
        var bytes = Digest.Of(received.Encode());
        if (_opened.TryGetValue(bytes, out var known))
        {
            return known;
        }

        if (OpenLogged(received) is not { } checkpoint || CosignedCheckpoint.Check(checkpoint, this) is not { } opened)
        {
            return null;
        }

        if (_opened.Count >= MostOpened)
        {
            _opened.Clear();
        }

        return _opened[bytes] = opened;
    }

    /// <summary>True if nothing but the log's signature is asked for.</summary>
    internal bool AsksForNoWitness => _quorum is null;
}
