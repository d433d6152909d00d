using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Grants;

/// <summary>
/// The two keys that a grantee's node makes for one grant and uses for no other: nobody can tell from the ledger which grants are the same grantee's. Zeroed on
/// Dispose.
/// </summary>
/// <param name="reader">Signs Search and Read entries and requests. Taken over.</param>
/// <param name="answer">Opens the access key and custodians' answers. Taken over.</param>
public sealed class ReaderKeys(Ed25519PrivateKey reader, XWingPrivateKey answer) : IDisposable
{
    /// <summary>Signs Search and Read entries and requests.</summary>
    public Ed25519PrivateKey Reader => reader;

    /// <summary>Opens the access key and custodians' answers.</summary>
    public XWingPrivateKey Answer => answer;

    /// <summary>What a statement and the ledger say of them.</summary>
    public ReaderKeyPair Public => new(reader.Public, answer.Public.Digest);

    /// <summary>New keys from the system's randomness.</summary>
    public static ReaderKeys Generate() => new(Ed25519PrivateKey.Generate(), XWingPrivateKey.Generate());

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        reader.Dispose();
        answer.Dispose();
    }

    /// <summary>"ReaderKeys(redacted)".</summary>
    public override string ToString() => "ReaderKeys(redacted)";
}

/// <summary>The public side of <see cref="ReaderKeys"/>.</summary>
/// <param name="Reader">Ed25519.</param>
/// <param name="AnswerKeyDigest">SHA-256 of the X-Wing public key.</param>
public readonly record struct ReaderKeyPair(Ed25519PublicKey Reader, Digest AnswerKeyDigest);
