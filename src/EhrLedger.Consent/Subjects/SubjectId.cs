using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Subjects;

/// <summary>
/// A patient's pseudonym for one category at one organisation: the did:key of the subject's first key. It stays when the key is replaced. Only the patient's
/// wallet can tell which subjects are the same person's.
/// </summary>
/// <param name="Key">The 32 bytes in the did:key.</param>
public readonly record struct SubjectId(Ed25519PublicKey Key) : IComparable<SubjectId>
{
    /// <summary>The topic of the entries about this subject.</summary>
    public Topic Topic => new(TopicKind.Subject, Digest.FromBytes(Key.ToArray()));

    /// <summary>The subject that a topic names. Null for a topic of another kind, and for bytes that are no key.</summary>
    public static SubjectId? TryFrom(Topic topic) =>
        topic.Kind == TopicKind.Subject && Ed25519PublicKey.TryFromBytes(topic.Name.ToArray(), out var key) ? new SubjectId(key) : null;

    /// <summary>Order of the key's bytes.</summary>
    public int CompareTo(SubjectId other) => Key.CompareTo(other.Key);

    /// <summary>The did:key.</summary>
    public override string ToString() => Key.ToDidKey();

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(SubjectId left, SubjectId right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(SubjectId left, SubjectId right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(SubjectId left, SubjectId right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(SubjectId left, SubjectId right) => left.CompareTo(right) >= 0;
}
