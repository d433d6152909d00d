namespace EhrLedger.Ledger.Entries;

/// <summary>What kind of thing a topic is. The number is the first byte of the topic on the wire.</summary>
public enum TopicKind : byte
{
    /// <summary>A member, named by its did:key.</summary>
    Organisation = 1,

    /// <summary>A patient's pseudonym for one category at one organisation, named by its did:key.</summary>
    Subject = 2,
}
