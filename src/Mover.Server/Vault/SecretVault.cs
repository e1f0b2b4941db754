using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Vault;

/// <summary>What is set besides the value.</summary>
/// <param name="ContentType">What the value is; null when not said.</param>
/// <param name="Enabled">False keeps the value from being read.</param>
/// <param name="Tags">Tags; null for none.</param>
internal sealed record SecretAttributes(string? ContentType = null, bool Enabled = true, IReadOnlyDictionary<string, string>? Tags = null);

/// <summary>
/// The built-in vault: secrets by vault and name, the newest version of each, encrypted at rest with a key that is not in the store. Safe
/// for concurrent use; the last of several writers wins.
/// </summary>
internal sealed partial class SecretVault(DocumentStore documents, VaultKeys keys, ILogger<SecretVault> logger)
{
    /// <summary>Bytes of a value in UTF-8; Key Vault's limit.</summary>
    public const int ValueBytesMax = 25 * 1024;

    /// <summary>Sets the secret's value; answers what is stored.</summary>
    public async Task<Document<StoredSecret>> SetAsync(
        SecretId id, Secret value, SecretAttributes attributes, WriteStamp stamp, CancellationToken cancel)
    {
        var version = Guid.NewGuid().ToString("N");
        var sealedValue = SealedValue.Seal(value, id.SealId(version), keys.Current);
        var stored = new StoredSecret(version, sealedValue, attributes.ContentType, attributes.Enabled, attributes.Tags);
        var saved = await documents.PutAsync(id.Key, stored, AccessJson.Default.StoredSecret, DocumentCondition.Always, stamp, cancel)
            ?? throw new System.Diagnostics.UnreachableException("An unconditional write was refused.");
        Log.Set(logger, id.Vault, id.Name, version, stamp.By, stamp.Correlation);
        return saved;
    }

    /// <summary>What is stored of the secret, without opening it; null when there is none.</summary>
    public async Task<Document<StoredSecret>?> FindAsync(SecretId id, CancellationToken cancel) =>
        await documents.GetAsync(id.Key, AccessJson.Default.StoredSecret, cancel);

    /// <summary>The secret's value, or the refusal: absent, or not to be decrypted.</summary>
    public async Task<Result<Secret>> RevealAsync(SecretId id, CancellationToken cancel) =>
        await FindAsync(id, cancel) is { } found ? Open(id, found.Value) : ArmErrors.SecretNotFound(id.Name);

    /// <summary>Decrypts what was found.</summary>
    public Result<Secret> Open(SecretId id, StoredSecret stored)
    {
        if (keys.Find(stored.Value.KeyId) is { } key && stored.Value.Open(id.SealId(stored.Version), key) is { } value)
        {
            return value;
        }

        Log.Unreadable(logger, id.Vault, id.Name, stored.Value.KeyId);
        return ArmErrors.SecretUnreadable(id.Name);
    }

    /// <summary>Deletes the secret for good. Returns what was stored; null when there was none.</summary>
    public async Task<Document<StoredSecret>?> DeleteAsync(SecretId id, WriteStamp stamp, CancellationToken cancel)
    {
        if (await FindAsync(id, cancel) is not { } found)
        {
            return null;
        }

        await documents.DeleteAsync(id.Key, DocumentCondition.Always, stamp, cancel);
        Log.Deleted(logger, id.Vault, id.Name, stamp.By, stamp.Correlation);
        return found;
    }

    /// <summary>One page of a vault's secrets in the order of their names. <paramref name="afterName"/> is null for the first.</summary>
    public ValueTask<DocumentPage<StoredSecret>> ListAsync(string vault, string? afterName, int limit, CancellationToken cancel) =>
        documents.ListInternalAsync(
            SecretId.Place(vault),
            AccessJson.Default.StoredSecret,
            afterName is null ? null : SecretId.Of(vault, afterName).Key.Stored,
            limit,
            cancel);

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Information,
            "Secret {Name} of vault {Vault} was set as version {Version} by {Principal} ({CorrelationId}).")]
        public static partial void Set(ILogger logger, string vault, string name, string version, string principal, string correlationId);

        [LoggerMessage(3102, LogLevel.Information, "Secret {Name} of vault {Vault} was deleted by {Principal} ({CorrelationId}).")]
        public static partial void Deleted(ILogger logger, string vault, string name, string principal, string correlationId);

        [LoggerMessage(3103, LogLevel.Error,
            "Secret {Name} of vault {Vault} could not be decrypted with key {KeyId}: it was changed, or the key is missing.")]
        public static partial void Unreadable(ILogger logger, string vault, string name, string keyId);
    }
}
