namespace EhrLedger.Crypto.Signing;

/// <summary>What a signature is for. One number per message type, never reused; a new version of a message takes a new number.</summary>
/// <remarks>The number stands in the protected header of every COSE_Sign1, so that a signature under one message is none under another.</remarks>
public enum SignedAs : byte
{
    /// <summary>An entry submitted to the ledger.</summary>
    LedgerEntry = 1,

    /// <summary>A member's approval of a change of membership.</summary>
    MembershipApproval = 2,

    /// <summary>A member's statement of a topic's last number.</summary>
    TopicHead = 3,

    /// <summary>An organisation's "these reader and answer keys are mine", for the wallet.</summary>
    ReaderKeyStatement = 4,

    /// <summary>A reader's request to a custodian for shares.</summary>
    ReleaseRequest = 5,

    /// <summary>A reader's token query to an index holder.</summary>
    SearchRequest = 6,

    /// <summary>A request in the name of a subject, from the wallet.</summary>
    SubjectRequest = 7,

    /// <summary>A request of one member's node to another's.</summary>
    PeerRequest = 8,

    /// <summary>An author's deposit of ciphertext, index rows and shares.</summary>
    Deposit = 9,

    /// <summary>A wallet's encrypted directory.</summary>
    WalletDirectory = 10,

    /// <summary>The replacement of a subject's key, by both keys.</summary>
    KeyReplacement = 11,

    /// <summary>A founder's signature under the genesis.</summary>
    Genesis = 12,

    /// <summary>An organisation's offer of a relationship to a wallet.</summary>
    RelationshipOffer = 13,

    /// <summary>A node's receipt for what it stored.</summary>
    Receipt = 14,

    /// <summary>A member's statement of the ML-DSA-44 keys that it cosigns with.</summary>
    CosigningKeys = 15,

    /// <summary>A member's question for what has changed in another one's shared directory.</summary>
    DirectoryRequest = 16,

    /// <summary>A member's shared directory, or what has changed in it.</summary>
    DirectoryPortion = 17,

    /// <summary>What a subject leaves with a custodian for emergencies.</summary>
    EmergencyDeposit = 18,

    /// <summary>A reader's request to a custodian for its share of an emergency key.</summary>
    EmergencyReleaseRequest = 19,

    /// <summary>What a wallet leaves with a custodian for its recovery through guardians.</summary>
    RecoveryDeposit = 20,

    /// <summary>A new phone's request to a custodian for its share of a recovery.</summary>
    RecoveryReleaseRequest = 21,
}
