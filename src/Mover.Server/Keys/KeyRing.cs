namespace Mover.Server.Keys;

/// <summary>A key that only a key ring opens.</summary>
/// <param name="KeyId">The key of the ring that it was wrapped with.</param>
/// <param name="Bytes">What the ring made of it.</param>
internal sealed record WrappedKey(string KeyId, byte[] Bytes);

/// <summary>
/// Keys from outside the store, with which the store's copy of the deployment's identity is sealed. Every instance over one store is given
/// the same. Safe for concurrent use.
/// </summary>
internal abstract class KeyRing
{
    /// <summary>What stands before the name of an environment variable that holds the keys.</summary>
    public const string FromVariable = "env:";

    /// <summary>What stands before the path of a program that wraps and unwraps.</summary>
    public const string FromCommand = "command:";

    private static readonly string OwnName = Path.Combine("access", "key-ring");

    /// <summary>Where the keys come from, as an operator knows it.</summary>
    public abstract string Place { get; }

    /// <summary>The ring that a setting names; null is the data folder's own file.</summary>
    public static KeyRing Of(string? setting, string dataFolder) =>
        setting is null ? new KeyRingFile(OwnPath(dataFolder), isOwn: true)
        : setting.StartsWith(FromVariable, StringComparison.Ordinal) ? new KeyRingVariable(setting[FromVariable.Length..])
        : setting.StartsWith(FromCommand, StringComparison.Ordinal) ? new KeyRingCommand(setting[FromCommand.Length..])
        : new KeyRingFile(Path.GetFullPath(setting), isOwn: false);

    /// <summary>Where a data folder has the ring that its server made.</summary>
    public static string OwnPath(string dataFolder) => Path.Combine(dataFolder, OwnName);

    /// <summary>Makes the first key where that is the ring's own business; called only while nothing is sealed.</summary>
    public virtual void MakeFirst()
    {
    }

    /// <summary>
    /// Makes sure that what is wrapped next is wrapped with another key than this one. Throws
    /// <see cref="DataFolders.DataFolderException"/> when an operator has to add that key first.
    /// </summary>
    public abstract ValueTask RenewAsync(string keyId, CancellationToken cancel);

    /// <summary>Wraps a key with the newest key of the ring.</summary>
    public abstract ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancel);

    /// <summary>
    /// Opens what was wrapped. Throws <see cref="DataFolders.DataFolderException"/> when it lacks that key, or what was wrapped
    /// was changed.
    /// </summary>
    public abstract ValueTask<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancel);
}
