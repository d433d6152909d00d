using System.Security.Cryptography;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Custody;

/// <summary>
/// A custodian's share of one header, opened and found to be the one whose digest the header holds at this custodian's place: 33 bytes, zeroed on Dispose.
/// Since it was sealed under the header's digest, nobody can have it opened for a header of their own around a copied ciphertext.
/// </summary>
public sealed class CustodianShare : IDisposable
{
    private readonly byte[] _share;

    private CustodianShare(RecordHeader header, byte[] share)
    {
        Header = header;
        _share = share;
    }

    /// <summary>Whose content key it is a share of.</summary>
    public RecordHeader Header { get; }

    internal ReadOnlySpan<byte> Bytes => _share;

    /// <summary>Opens a share, when it is deposited and again when it is released.</summary>
    /// <param name="header">Parsed from the deposited bytes.</param>
    /// <param name="set">The header's custodian set.</param>
    /// <param name="self">Who opens.</param>
    /// <param name="sealedShare">Untrusted.</param>
    /// <param name="secret">Of the encapsulation that it names, for <see cref="SealedFor.Share"/>.</param>
    /// <returns>Null if it was sealed for another header or custodian, or is not what the header says.</returns>
    public static CustodianShare? Open(RecordHeader header, CustodianSet set, OrganisationId self, SealedHalf sealedShare, OpeningSecret secret)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(sealedShare);
        ArgumentNullException.ThrowIfNull(secret);
        if (header.CustodianSet != set.Number || header.ShareDigests.Length != set.Custodians.Count || sealedShare.Open(secret, header.Digest) is not { } share)
        {
            return null;
        }

        if (IsShareOf(header, set, self, share))
        {
            return new CustodianShare(header, share);
        }

        CryptographicOperations.ZeroMemory(share);
        return null;
    }

    /// <summary>Overwrites the share with zeros.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_share);

    /// <summary>"CustodianShare(redacted)".</summary>
    public override string ToString() => "CustodianShare(redacted)";

    /// <summary>Whether the bytes are what this custodian holds of the header's key: its own number, and the digest at its place.</summary>
    internal static bool IsShareOf(RecordHeader header, CustodianSet set, OrganisationId custodian, ReadOnlySpan<byte> share) =>
        set.PlaceOf(custodian) is var place and >= 0 && share.Length == RecordSealer.ShareLength && share[0] == place + 1 && header.HasShare(place, share);
}
