using System.Text.Json.Serialization;

namespace EhrLedger.Messaging.Envelopes;

/// <summary>RFC 0019, "Encryption envelope". Bytes are base64url.</summary>
internal sealed record EnvelopeView(string Protected, string Iv, string Ciphertext, string Tag);

/// <summary>What <see cref="EnvelopeView.Protected"/> encodes.</summary>
internal sealed record ProtectedView(string Enc, string Typ, string Alg, RecipientView[] Recipients);

/// <summary>The content key, encrypted to one recipient.</summary>
internal sealed record RecipientView([property: JsonPropertyName("encrypted_key")] string EncryptedKey, RecipientHeaderView Header);

/// <summary>Whose key (base58btc); for Authcrypt the nonce, and the sender's key in a sealed box.</summary>
internal sealed record RecipientHeaderView(string Kid, string? Iv = null, string? Sender = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EnvelopeView))]
[JsonSerializable(typeof(ProtectedView))]
internal sealed partial class EnvelopeJson : JsonSerializerContext;
