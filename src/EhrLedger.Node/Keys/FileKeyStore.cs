using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.KeyFiles;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Keys;

/// <summary>Keys in a sealed file: under a passphrase, or without one under a key beside it that only its owner may read.</summary>
/// <param name="folder">Made with rights for its owner only.</param>
/// <param name="passphrase">Null for the key file.</param>
internal sealed class FileKeyStore(string folder, string? passphrase) : IKeyStore
{
    private readonly string _keys = Path.Combine(folder, "organisation.keys");
    private readonly string _guard = Path.Combine(folder, "guard.key");

    /// <inheritdoc/>
    public OrganisationKeys? Find()
    {
        try
        {
            if (!File.Exists(_keys))
            {
                return null;
            }

            var content = Open(File.ReadAllBytes(_keys));
            var keys = content is null ? null : OrganisationKeys.Import(content);
            CryptographicOperations.ZeroMemory(content);
            return keys ?? throw new StartupException(
                ExitCode.Keys,
                passphrase is null ? $"The keys in {folder} can't be opened: they need a passphrase, or {_guard} is not theirs." : $"The passphrase does not open the keys in {folder}.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Keys, $"The keys in {folder} can't be read: {unreadable.Message}", unreadable);
        }
    }

    /// <inheritdoc/>
    public void Keep(OrganisationKeys keys)
    {
        try
        {
            PrivateFile.CreateFolder(folder);
            var content = keys.Export();
            PrivateFile.Replace(_keys, Seal(content));
            CryptographicOperations.ZeroMemory(content);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Keys, $"The keys can't be written to {folder}: {unwritable.Message}", unwritable);
        }
    }

    private byte[]? Open(byte[] file)
    {
        if (passphrase is not null)
        {
            return SealedKeyFile.Open(file, passphrase);
        }

        using var guard = FindGuard();
        return guard is null ? null : SealedKeyFile.Open(file, guard);
    }

    private byte[] Seal(byte[] content)
    {
        if (passphrase is not null)
        {
            return SealedKeyFile.Seal(content, passphrase);
        }

        using var guard = FindGuard() ?? MakeGuard();
        return SealedKeyFile.Seal(content, guard);
    }

    private SymmetricKey? FindGuard()
    {
        if (!File.Exists(_guard) || File.ReadAllBytes(_guard) is not { Length: SymmetricKey.KeyLength } bytes)
        {
            return null;
        }

        var key = SymmetricKey.FromBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    private SymmetricKey MakeGuard()
    {
        var key = SymmetricKey.Generate();
        var bytes = new byte[SymmetricKey.KeyLength];
        key.ExportTo(bytes);
        PrivateFile.Replace(_guard, bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }
}
