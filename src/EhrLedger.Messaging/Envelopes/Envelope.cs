using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Agreement;
using EhrLedger.Crypto.Boxes;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Messaging.Envelopes;

/// <summary>
/// A packed message on its way: encrypted, and where it has a sender (Authcrypt) authenticated to its recipients alone. Classical: what must stay sealed against a quantum computer lies in an HPKE body inside.
/// </summary>
/// <remarks>
/// Source: Aries RFC 0019. Like every living implementation it has ChaCha20-Poly1305 (12-byte nonce) under the name "xchacha20poly1305_ietf".
/// </remarks>
public sealed class Envelope
{
    /// <summary>The media type of RFC 0044, and the older one; both are taken.</summary>
    public const string MediaType = "application/didcomm-envelope-enc";

    /// <summary>What agents of the first generation send.</summary>
    public const string OlderMediaType = "application/ssi-agent-wire";

    /// <summary>Longest envelope that is read, in bytes.</summary>
    public const int MostBytes = 1 << 20;

    private const int MostRecipients = 32;
    private const string Algorithm = "xchacha20poly1305_ietf";
    private const string Kind = "JWM/1.0";
    private const string WithSender = "Authcrypt";
    private const string WithoutSender = "Anoncrypt";

    private readonly EnvelopeView _view;
    private readonly ProtectedView _header;
    private readonly (Ed25519PublicKey Key, RecipientView View)[] _recipients;

    private Envelope(EnvelopeView view, ProtectedView header, (Ed25519PublicKey Key, RecipientView View)[] recipients)
    {
        _view = view;
        _header = header;
        _recipients = recipients;
    }

    /// <summary>Whose keys open it, in the sender's order.</summary>
    public IEnumerable<Ed25519PublicKey> Recipients => _recipients.Select(recipient => recipient.Key);

    /// <summary>Reads an envelope without opening it.</summary>
    /// <returns>Null for what is none. Never throws on hostile input.</returns>
    public static Envelope? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            if (json.Length > MostBytes
                || JsonSerializer.Deserialize(json, EnvelopeJson.Default.EnvelopeView) is not { } view
                || Bytes(view.Protected) is not { } encoded
                || JsonSerializer.Deserialize(encoded, EnvelopeJson.Default.ProtectedView) is not { Enc: Algorithm, Alg: WithSender or WithoutSender } header
                || header.Recipients.Length is 0 or > MostRecipients)
            {
                return null;
            }

            var recipients = header.Recipients.Select(view => (Key: Verkey.Find(view.Header.Kid), View: view)).ToArray();
            return recipients.All(recipient => recipient.Key is not null) ? new Envelope(view, header, [.. recipients.Select(recipient => (recipient.Key!.Value, recipient.View))]) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Packs a message for one recipient.</summary>
    /// <param name="message">Plaintext, a JSON object.</param>
    /// <param name="recipient">Whose key opens it.</param>
    /// <param name="sender">Null for Anoncrypt.</param>
    /// <returns>The envelope's JSON in UTF-8.</returns>
    public static byte[] Pack(ReadOnlySpan<byte> message, Ed25519PublicKey recipient, Ed25519PrivateKey? sender)
    {
        using var contentKey = SymmetricKey.Generate();
        Span<byte> key = stackalloc byte[SymmetricKey.KeyLength];
        contentKey.ExportTo(key);
        var to = X25519PublicKey.Of(recipient);
        var view = sender is null ? Wrap(key, to, recipient) : Wrap(key, to, recipient, sender);
        CryptographicOperations.ZeroMemory(key);

        var header = new ProtectedView(Algorithm, Kind, sender is null ? WithoutSender : WithSender, [view]);
        var protectedText = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, EnvelopeJson.Default.ProtectedView));
        var content = ContentBox.Seal(contentKey, Encoding.ASCII.GetBytes(protectedText), message, out var nonce);
        return JsonSerializer.SerializeToUtf8Bytes(
            new EnvelopeView(
                protectedText,
                Base64Url.EncodeToString(nonce),
                Base64Url.EncodeToString(content.AsSpan(0, content.Length - ContentBox.TagLength)),
                Base64Url.EncodeToString(content.AsSpan(content.Length - ContentBox.TagLength))),
            EnvelopeJson.Default.EnvelopeView);
    }

    /// <summary>Opens it with the key of one of its recipients.</summary>
    /// <param name="key">A recipient's.</param>
    /// <returns>Null if it does not open, whatever the reason. Never throws on hostile input.</returns>
    public Opened? Open(Ed25519PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var index = Array.FindIndex(_recipients, recipient => recipient.Key == key.Public);
        if (index < 0 || Bytes(_view.Iv) is not { } iv || Bytes(_view.Ciphertext) is not { } ciphertext || Bytes(_view.Tag) is not { } tag)
        {
            return null;
        }

        using var own = X25519PrivateKey.Of(key);
        var view = _recipients[index].View;
        Ed25519PublicKey? sender = null;
        byte[]? unwrapped;
        if (_header.Alg == WithSender)
        {
            sender = OpenSender(view, own);
            unwrapped = sender is { } from && Bytes(view.EncryptedKey) is { } box && Bytes(view.Header.Iv) is { } nonce ? CryptoBox.Open(own, X25519PublicKey.Of(from), nonce, box) : null;
        }
        else
        {
            unwrapped = Bytes(view.EncryptedKey) is { } box ? SealedBox.Open(own, box) : null;
        }

        if (unwrapped is not { Length: SymmetricKey.KeyLength })
        {
            return null;
        }

        using var contentKey = SymmetricKey.FromBytes(unwrapped);
        CryptographicOperations.ZeroMemory(unwrapped);
        return tag.Length == ContentBox.TagLength && ContentBox.Open(contentKey, iv, Encoding.ASCII.GetBytes(_view.Protected), [.. ciphertext, .. tag]) is { } plaintext
            ? new Opened(plaintext, key.Public, sender)
            : null;
    }

    private static RecipientView Wrap(ReadOnlySpan<byte> key, X25519PublicKey to, Ed25519PublicKey recipient) =>
        new(Base64Url.EncodeToString(SealedBox.Seal(to, key) ?? throw Unusable()), new RecipientHeaderView(Verkey.Format(recipient), null, null));

    private static RecipientView Wrap(ReadOnlySpan<byte> key, X25519PublicKey to, Ed25519PublicKey recipient, Ed25519PrivateKey sender)
    {
        using var from = X25519PrivateKey.Of(sender);
        var box = CryptoBox.Seal(from, to, key, out var nonce) ?? throw Unusable();
        var name = SealedBox.Seal(to, Encoding.ASCII.GetBytes(Verkey.Format(sender.Public))) ?? throw Unusable();
        return new(Base64Url.EncodeToString(box), new RecipientHeaderView(Verkey.Format(recipient), Base64Url.EncodeToString(nonce), Base64Url.EncodeToString(name)));
    }

    private static Ed25519PublicKey? OpenSender(RecipientView view, X25519PrivateKey own) =>
        Bytes(view.Header.Sender) is { } box && SealedBox.Open(own, box) is { Length: < 64 } name ? Verkey.Find(Encoding.ASCII.GetString(name)) : null;

    // Keys were checked to be of prime order, so their agreement can't be all zero.
    private static ArgumentException Unusable() => new("Nothing can be agreed with this key.");

    // RFC 0019 asks for base64url without padding; some senders pad.
    private static byte[]? Bytes(string? text)
    {
        var unpadded = text.AsSpan().TrimEnd('=');
        if (text is null || !Base64Url.IsValid(unpadded))
        {
            return null;
        }

        return Base64Url.DecodeFromChars(unpadded);
    }
}

/// <summary>What was in an envelope.</summary>
/// <param name="Message">Plaintext, unchecked.</param>
/// <param name="Recipient">The key that opened it.</param>
/// <param name="Sender">Who packed it, or the holder of <paramref name="Recipient"/>: nobody else could. Null for Anoncrypt.</param>
public sealed record Opened(byte[] Message, Ed25519PublicKey Recipient, Ed25519PublicKey? Sender);
