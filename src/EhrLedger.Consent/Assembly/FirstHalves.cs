using System.Collections.Concurrent;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Consent.Assembly;

/// <summary>
/// Opens K1 with an access key. Keeps the secret of each encapsulation that it was given, since an author uses one for many records: a node holds this beside
/// the grant. Thread-safe, except for Dispose, which leaves the access key to its owner.
/// </summary>
/// <param name="access">Of the grant.</param>
public sealed class FirstHalves(AccessKey access) : IDisposable
{
    // An author needs one for each epoch, and a new one when it loses its key store. More is somebody's attempt to fill memory.
    private const int MostEncapsulations = 256;

    private readonly Dictionary<Digest, RecordKey> _singles =
        access.Records.DistinctBy(record => record.Header.Digest).ToDictionary(record => record.Header.Digest);
    private readonly ConcurrentDictionary<(uint Epoch, Digest Encapsulation), OpeningSecret> _secrets = new();

    /// <summary>Whether the record's K1 needs an encapsulation that was not offered yet.</summary>
    public bool Needs(RecordHeader header, SealedHalf half)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(half);
        return !_singles.ContainsKey(header.Digest) && !_secrets.ContainsKey((header.Epoch, half.Encapsulation));
    }

    /// <summary>Takes an encapsulation. Costs one decapsulation.</summary>
    /// <param name="epoch">Of the record that names it.</param>
    /// <param name="encapsulation">From anyone: a wrong one opens nothing.</param>
    /// <returns>False if it is not 1,120 bytes, the access key has nothing for the epoch, or too many were offered.</returns>
    public bool Offer(uint epoch, ReadOnlySpan<byte> encapsulation)
    {
        if (_secrets.Count >= MostEncapsulations
            || access.FindEpoch(epoch) is not { } keys
            || OpeningSecret.SetUp(keys.SealingKey, encapsulation, SealedFor.Category) is not { } secret)
        {
            return false;
        }

        if (!_secrets.TryAdd((epoch, secret.EncapsulationId), secret))
        {
            secret.Dispose();
        }

        return true;
    }

    /// <summary>Opens K1. The caller disposes of it.</summary>
    /// <param name="header">Parsed from the stored bytes.</param>
    /// <param name="half">From the index row; null where the access key has K1 itself.</param>
    /// <returns>Null if the access key does not open it.</returns>
    public HalfKey? Open(RecordHeader header, SealedHalf? half)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (_singles.TryGetValue(header.Digest, out var single))
        {
            Span<byte> copy = stackalloc byte[HalfKey.KeyLength];
            single.FirstHalf.ExportTo(copy);
            var key = HalfKey.TryFromBytes(copy);
            copy.Clear();
            return key;
        }

        return half is not null && _secrets.TryGetValue((header.Epoch, half.Encapsulation), out var secret)
            ? RecordOpener.OpenHalf(header, half, secret)
            : null;
    }

    /// <summary>Overwrites the secrets with zeros.</summary>
    public void Dispose()
    {
        foreach (var secret in _secrets.Values)
        {
            secret.Dispose();
        }

        _secrets.Clear();
    }
}
