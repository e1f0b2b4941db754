using System.Globalization;
using System.Security.Cryptography;
using Mover.Server.Tls;

namespace Mover.Server.Vault;

/// <summary>
/// The keys that the vault's values are encrypted with: files <c>DIR/vault/{number}-{id}.key</c> of 32 bytes, mode 0600, outside the store.
/// The id is the start of the key's SHA-256, so a damaged file is noticed. The highest number encrypts; all of them decrypt.
/// </summary>
internal sealed class VaultKeys(string dataFolder)
{
    /// <summary>AES-256.</summary>
    public const int KeyBytes = 32;

    private const int IdLength = 16;

    private readonly Lazy<IReadOnlyList<VaultKey>> _keys = new(() => Open(Path.Combine(dataFolder, "vault")));

    /// <summary>The key that encrypts.</summary>
    public VaultKey Current => _keys.Value[^1];

    /// <summary>The key with this id; null when its file is not there.</summary>
    public VaultKey? Find(string id) => _keys.Value.FirstOrDefault(key => key.Id == id);

    /// <summary>The file that a key with this id is in; a star stands for its number.</summary>
    public string PathOf(string id) => Path.Combine(dataFolder, "vault", $"*-{id}.key");

    private static VaultKey[] Open(string folder)
    {
        var found = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.key") : [];
        if (found.Length == 0)
        {
            var made = RandomNumberGenerator.GetBytes(KeyBytes);
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"0001-{IdOf(made)}.key"));
            PrivateFile.TryCreate(path, made);
            found = [path];
        }

        Array.Sort(found, StringComparer.Ordinal);
        return Array.ConvertAll(found, Load);
    }

    private static VaultKey Load(string path)
    {
        var content = PrivateFile.Read(path) ?? [];
        var id = IdOf(content);
        return content.Length == KeyBytes && Path.GetFileNameWithoutExtension(path).EndsWith($"-{id}", StringComparison.Ordinal)
            ? new(id, content)
            : throw new DataFolderException(path, "it is not the vault key that its name says; restore it from a backup");
    }

    private static string IdOf(byte[] key) => Convert.ToHexStringLower(SHA256.HashData(key))[..IdLength];
}

/// <summary>One key of the vault.</summary>
internal sealed class VaultKey(string id, byte[] bytes)
{
    /// <summary>Its id, stored with every value it encrypted.</summary>
    public string Id { get; } = id;

    /// <summary>The 32 bytes.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;
}
