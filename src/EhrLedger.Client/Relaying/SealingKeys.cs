using System.Collections.Concurrent;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Relaying;

/// <summary>The members' sealing keys, each checked once. Thread-safe.</summary>
public sealed class SealingKeys
{
    private readonly ConcurrentDictionary<OrganisationId, (ReadOnlyMemory<byte> Bytes, XWingPublicKey Key)> _known = new();

    /// <summary>The key that the member has now. Null where the ledger's bytes are none.</summary>
    public XWingPublicKey? Find(Member member)
    {
        ArgumentNullException.ThrowIfNull(member);
        if (_known.TryGetValue(member.Organisation, out var known) && known.Bytes.Span.SequenceEqual(member.SealingKey.Span))
        {
            return known.Key;
        }

        if (XWingPublicKey.TryFromBytes(member.SealingKey.Span) is not { } key)
        {
            return null;
        }

        _known[member.Organisation] = (member.SealingKey, key);
        return key;
    }
}
