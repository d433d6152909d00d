using System.Security.Cryptography;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Consent.Custody;

/// <summary>A custodian's answer: docs/formats.md, release. The shares are zeroed on Dispose.</summary>
public sealed class Release : IDisposable
{
    private const int MostShares = 3_000;

    private Release(IReadOnlyList<ReleasedShare> shares) => Shares = shares;

    /// <summary>What was released; a header whose share the custodian does not have is left out.</summary>
    public IReadOnlyList<ReleasedShare> Shares { get; }

    /// <summary>Seals shares to the reader.</summary>
    /// <param name="shares">Of the headers that <see cref="ReleaseCheck"/> released.</param>
    /// <param name="answerKey">From the request, whose digest the check has found in the grant.</param>
    /// <param name="readEntry">Digest of the Read entry: the answer opens for no other.</param>
    /// <returns>The HPKE message. Null if the answer key is no valid key: its digest was the patient's to choose.</returns>
    public static byte[]? Seal(IReadOnlyCollection<CustodianShare> shares, ReadOnlySpan<byte> answerKey, Digest readEntry)
    {
        ArgumentNullException.ThrowIfNull(shares);
        if (XWingPublicKey.TryFromBytes(answerKey) is not { } recipient)
        {
            return null;
        }

        var plaintext = new DeterministicCborWriter(8 + (shares.Count * 72))
            .WriteAll(shares, (writer, share) => writer.WriteArray(2).WriteDigest(share.Header.Digest).WriteBytes(share.Bytes))
            .ToArray();
        var message = HpkeMessage.Seal(recipient, SealedFor.Release, readEntry.ToArray(), plaintext);
        CryptographicOperations.ZeroMemory(plaintext);
        return message;
    }

    /// <summary>Opens an answer. Null if it is another grant's or entry's, or was changed.</summary>
    /// <param name="answerKey">Of the grant.</param>
    /// <param name="readEntry">Digest of the Read entry.</param>
    /// <param name="message">Untrusted. What its shares are worth, the assembly checks.</param>
    public static Release? Open(XWingPrivateKey answerKey, Digest readEntry, ReadOnlySpan<byte> message)
    {
        if (HpkeMessage.Open(answerKey, SealedFor.Release, readEntry.ToArray(), message) is not { } plaintext)
        {
            return null;
        }

        var shares = CborReading.TryRead(plaintext, reader => reader.ReadArray(0, MostShares, Read));
        CryptographicOperations.ZeroMemory(plaintext);
        return shares is null ? null : new Release(shares);
    }

    /// <summary>Overwrites the shares with zeros.</summary>
    public void Dispose()
    {
        foreach (var share in Shares)
        {
            share.Dispose();
        }
    }

    private static ReleasedShare Read(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var share = new ReleasedShare(reader.ReadDigest(), reader.ReadBytes(RecordSealer.ShareLength).ToArray());
        reader.ReadEndArray();
        return share;
    }
}

/// <summary>One share in a <see cref="Release"/>: a custodian's claim. Zeroed on Dispose.</summary>
public sealed class ReleasedShare : IDisposable
{
    private readonly byte[] _share;

    internal ReleasedShare(Digest header, byte[] share)
    {
        Header = header;
        _share = share;
    }

    /// <summary>Digest of the header that it is said to belong to.</summary>
    public Digest Header { get; }

    internal ReadOnlyMemory<byte> Bytes => _share;

    /// <summary>Overwrites the share with zeros.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_share);

    /// <summary>"ReleasedShare(redacted)".</summary>
    public override string ToString() => "ReleasedShare(redacted)";
}
