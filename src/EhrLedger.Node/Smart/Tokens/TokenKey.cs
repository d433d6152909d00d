using System.Security.Cryptography;
using EhrLedger.Crypto.KeyFiles;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>What this node signs access tokens with: ECDSA on P-256, in a file of the key folder that is sealed under a key of the organisation. Without the file, the next start makes a new one, and tokens of the old one end.</summary>
internal sealed class TokenKey : IDisposable
{
    private readonly ECDsa _key;

    private TokenKey(ECDsa key)
    {
        _key = key;
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var id = Base64UrlEncoder.Encode(SHA256.HashData([.. parameters.Q.X!, .. parameters.Q.Y!]));
        Signing = new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = id }, SecurityAlgorithms.EcdsaSha256);
        Checking = new ECDsaSecurityKey(ECDsa.Create(parameters)) { KeyId = id };
    }

    /// <summary>Signs.</summary>
    public SigningCredentials Signing { get; }

    /// <summary>The public half.</summary>
    public ECDsaSecurityKey Checking { get; }

    /// <summary>Opens the key, or makes it.</summary>
    /// <exception cref="StartupException">It can't be opened or kept.</exception>
    public static TokenKey Open(NodeSettings settings, OrganisationKeys keys)
    {
        var file = Path.Combine(settings.Keys, "tokens.key");
        using var guard = keys.Root.Derive("smart/token-key");
        try
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            if (File.Exists(file))
            {
                var kept = SealedKeyFile.Open(File.ReadAllBytes(file), guard) ?? throw new StartupException(ExitCode.Keys, $"{file} is not of this organisation's keys. Remove it: the node makes another one.");
                key.ImportPkcs8PrivateKey(kept, out _);
                CryptographicOperations.ZeroMemory(kept);
            }
            else
            {
                var made = key.ExportPkcs8PrivateKey();
                PrivateFile.Replace(file, SealedKeyFile.Seal(made, guard));
                CryptographicOperations.ZeroMemory(made);
            }

            return new TokenKey(key);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StartupException(ExitCode.Keys, $"{file} can't be read or written.", failed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        Checking.ECDsa.Dispose();
    }
}
