using Mover.Server.DataFolders;
using Mover.Server.Keys;

namespace Mover.Server.Identity;

/// <summary>The keys that the vault's values are encrypted with, as the identity has them. Safe for concurrent use.</summary>
internal sealed class VaultKeys(DeploymentIdentity identity)
{
    /// <summary>The key that encrypts.</summary>
    public SealingKey Current => identity.Current.VaultKeys[^1];

    /// <summary>The key with this id; null when the identity has none.</summary>
    public async ValueTask<SealingKey?> FindAsync(string id, CancellationToken cancel) =>
        Known(id) ?? (await identity.RefreshAsync(cancel) ? Known(id) : null);

    private SealingKey? Known(string id) => identity.Current.VaultKeys.FirstOrDefault(key => key.Id == id);
}

/// <summary>
/// Keys of a data folder from before the store held them: files <c>DIR/vault/{number}-{id}.key</c> of 32 bytes, mode 0600.
/// </summary>
internal static class VaultFiles
{
    /// <summary>The keys in the order of their numbers; empty when there is none. Throws for one that is damaged.</summary>
    public static IReadOnlyList<SealingKey> Read(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, "vault");
        var found = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.key") : [];
        Array.Sort(found, StringComparer.Ordinal);
        return Array.ConvertAll(found, Load);
    }

    private static SealingKey Load(string path)
    {
        var content = PrivateFile.Read(path) ?? [];
        return content.Length == SealingKey.KeyBytes && SealingKey.Of(content) is var key
            && Path.GetFileNameWithoutExtension(path).EndsWith($"-{key.Id}", StringComparison.Ordinal)
                ? key
                : throw new DataFolderException(path, "it is not the vault key that its name states; restore it from a backup");
    }
}
