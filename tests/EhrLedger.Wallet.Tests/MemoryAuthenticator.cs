using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Wallet.App.Device;

namespace EhrLedger.Wallet.Tests;

/// <summary>What a phone in memory asks for its owner's finger: each passkey has a secret, and gives HMAC-SHA256 of a salt under it.</summary>
internal sealed class MemoryAuthenticator
{
    private readonly Dictionary<string, byte[]> _secrets = [];
    private readonly List<SymmetricKey> _given = [];

    /// <summary>Whether its owner's finger is there.</summary>
    public bool Confirms { get; set; } = true;

    /// <summary>Whether it knows the extension.</summary>
    public bool HasPrf { get; set; } = true;

    /// <summary>Names of the passkeys that it has made and not forgotten.</summary>
    public List<string> Names { get; } = [];

    /// <summary>How often it was asked for a finger.</summary>
    public int Asked { get; private set; }

    /// <summary>Whether all that it gave was zeroed.</summary>
    public bool AllZeroed => _given.TrueForAll(key =>
    {
        try
        {
            return key.HoldsSameSecretAs(key) && false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    });

    public PasskeyAnswer Make(string name, ReadOnlyMemory<byte> salt)
    {
        Asked++;
        if (!Confirms)
        {
            return new PasskeyAnswer.Refused();
        }

        if (!HasPrf)
        {
            return new PasskeyAnswer.Unable();
        }

        Names.Add(name);
        var credential = RandomNumberGenerator.GetBytes(16);
        _secrets[Convert.ToHexString(credential)] = RandomNumberGenerator.GetBytes(32);
        return Give(credential, salt);
    }

    public PasskeyAnswer Ask(ReadOnlyMemory<byte> credential, ReadOnlyMemory<byte> salt)
    {
        Asked++;
        return !Confirms || !_secrets.ContainsKey(Convert.ToHexString(credential.Span)) ? new PasskeyAnswer.Refused() : HasPrf ? Give(credential, salt) : new PasskeyAnswer.Unable();
    }

    /// <summary>Takes the place of another authenticator, under the same ids and with other secrets.</summary>
    public void Swap()
    {
        foreach (var id in _secrets.Keys)
        {
            _secrets[id] = RandomNumberGenerator.GetBytes(32);
        }
    }

    public void Forget(ReadOnlyMemory<byte> credential)
    {
        if (_secrets.Remove(Convert.ToHexString(credential.Span)))
        {
            Names.RemoveAt(0);
        }
    }

    private PasskeyAnswer.Given Give(ReadOnlyMemory<byte> credential, ReadOnlyMemory<byte> salt)
    {
        var output = SymmetricKey.FromBytes(HMACSHA256.HashData(_secrets[Convert.ToHexString(credential.Span)], salt.Span));
        _given.Add(output);
        return new PasskeyAnswer.Given(credential, output);
    }
}
