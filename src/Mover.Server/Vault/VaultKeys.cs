using System.Security.Cryptography;
using Mover.Server.Identity;
using Mover.Server.Tls;

namespace Mover.Server.Vault;

/// <summary>The keys that the vault's values are encrypted with, as the identity has them. Safe for concurrent use.</summary>
internal sealed class VaultKeys(DeploymentIdentity identity)
{
    /// <summary>The key that encrypts.</summary>
    public VaultKey Current => identity.Current.VaultKeys[^1];

    /// <summary>The key with this id; null when the identity has none.</summary>
    public async ValueTask<VaultKey?> FindAsync(string id, CancellationToken cancel) =>
        Known(id) ?? (await identity.RefreshAsync(cancel) ? Known(id) : null);

    private VaultKey? Known(string id) => identity.Current.VaultKeys.FirstOrDefault(key => key.Id == id);
}

/// <summary>One key of the vault.</summary>
internal sealed class VaultKey
{
    /// <summary>AES-256.</summary>
    public const int KeyBytes = 32;

    private const int IdLength = 16;
    private readonly byte[] _bytes;

    private VaultKey(string id, byte[] bytes) => (Id, _bytes) = (id, bytes);

    /// <summary>The start of the key's SHA-256 in hexadecimal digits, stored with every value that it encrypted.</summary>
    public string Id { get; }

    /// <summary>The 32 bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>A key of these bytes.</summary>
    public static VaultKey Of(byte[] bytes) => bytes.Length == KeyBytes
        ? new(Convert.ToHexStringLower(SHA256.HashData(bytes))[..IdLength], bytes)
        : throw new ArgumentException($"A key of the vault has {KeyBytes} bytes.", nameof(bytes));

    /// <summary>A new key.</summary>
    public static VaultKey Make() => Of(RandomNumberGenerator.GetBytes(KeyBytes));
}

/// <summary>
/// Keys of a data folder from before the store held them: files <c>DIR/vault/{number}-{id}.key</c> of 32 bytes, mode 0600.
/// </summary>
internal static class VaultFiles
{
    /// <summary>The keys in the order of their numbers; empty when there is none. Throws for one that is damaged.</summary>
    public static IReadOnlyList<VaultKey> Read(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, "vault");
        var found = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.key") : [];
        Array.Sort(found, StringComparer.Ordinal);
        return Array.ConvertAll(found, Load);
    }

    private static VaultKey Load(string path)
    {
        var content = PrivateFile.Read(path) ?? [];
        return content.Length == VaultKey.KeyBytes && VaultKey.Of(content) is var key
            && Path.GetFileNameWithoutExtension(path).EndsWith($"-{key.Id}", StringComparison.Ordinal)
                ? key
                : throw new DataFolderException(path, "it is not the vault key that its name says; restore it from a backup");
    }
}
