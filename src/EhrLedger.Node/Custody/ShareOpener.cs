using System.Collections.Concurrent;
using EhrLedger.Consent;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Custody;

/// <summary>Opens shares that are sealed to this node. An author uses one encapsulation for a day, so the secrets of those seen lately are kept.</summary>
internal sealed class ShareOpener(XWingPrivateKey sealingKey, OrganisationId self, CustodianSet custodians, EncapsulationStore encapsulations)
{
    private const int MostSecrets = 4_096;
    private readonly ConcurrentDictionary<Digest, OpeningSecret> _secrets = new();

    /// <summary>Null if the share is not what the header says this node holds, or its encapsulation is not known.</summary>
    /// <param name="header">Parsed from the deposited bytes.</param>
    /// <param name="share">Untrusted.</param>
    /// <param name="encapsulation">As deposited along with it; null to look it up.</param>
    public CustodianShare? Open(RecordHeader header, SealedHalf share, ReadOnlyMemory<byte>? encapsulation = null) =>
        SecretOf(share.Encapsulation, encapsulation) is { } secret ? CustodianShare.Open(header, custodians, self, share, secret) : null;

    private OpeningSecret? SecretOf(Digest digest, ReadOnlyMemory<byte>? encapsulation)
    {
        if (_secrets.TryGetValue(digest, out var known))
        {
            return known;
        }

        if (OpeningSecret.SetUp(sealingKey, encapsulation is { } given ? given.Span : encapsulations.Find(digest), SealedFor.Share) is not { } secret
            || secret.EncapsulationId != digest)
        {
            return null;
        }

        // Another thread may be opening with one of them, so they are left to the collector.
        if (_secrets.Count >= MostSecrets)
        {
            _secrets.Clear();
        }

        return _secrets.GetOrAdd(digest, secret);
    }
}
