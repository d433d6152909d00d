namespace EhrLedger.Ledger.Entries;

/// <summary>What kind of thing a topic is. The number is the first byte of the topic on the wire.</summary>
public enum TopicKind : byte
{
    /// <summary>A member, named by its did:key.</summary>
    Organisation = 1,

    /// <summary>A patient's pseudonym for one category at one organisation, named by its did:key.</summary>
    Subject = 2,

    /// <summary>What brings one wallet back through its guardians, named by a key made for this alone.</summary>
    Recovery = 3,
}

/// <summary>What follows from a topic's kind.</summary>
public static class TopicKinds
{
    extension(TopicKind kind)
    {
        /// <summary>Whether such topics are a patient's: whoever is asked about one must not see who asks.</summary>
        public bool IsPatients => kind switch
        {
            TopicKind.Organisation => false,
            TopicKind.Subject or TopicKind.Recovery => true,
        };
    }
}
