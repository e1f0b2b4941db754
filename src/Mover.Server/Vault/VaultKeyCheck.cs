using Mover.Server.Documents;
using Mover.Server.Identity;
using Mover.State.Documents;

namespace Mover.Server.Vault;

/// <summary>
/// Looks once, at the start, whether every secret's key is there, and names those that are missing: a state that was given another identity
/// serves everything but its secrets, and its operator hears it before the first job fails.
/// </summary>
internal sealed partial class VaultKeyCheck(DocumentStore documents, VaultKeys keys, ILogger<VaultKeyCheck> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var (key, secrets) in await MissingAsync(stoppingToken))
            {
                Log.Missing(logger, secrets, key);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops before the look is over.
        }
        catch (Exception fault)
        {
            Log.NotChecked(logger, fault);
        }
    }

    private async Task<Dictionary<string, int>> MissingAsync(CancellationToken cancel)
    {
        var missing = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var place in SecretId.Places)
        {
            await foreach (var entry in documents.ListBelowAsync(DocumentKey.Internal(place), cancel))
            {
                var secret = DocumentStore.OpenWhole(entry, VaultJson.Default.StoredSecret, fault => Log.Damaged(logger, fault.Message));
                if (secret is not null && await keys.FindAsync(secret.Value.Value.KeyId, cancel) is null)
                {
                    missing[secret.Value.Value.KeyId] = missing.GetValueOrDefault(secret.Value.Value.KeyId) + 1;
                }
            }
        }

        return missing;
    }

    private static partial class Log
    {
        [LoggerMessage(3104, LogLevel.Error, "{Secrets} secrets and account keys cannot be decrypted: their vault key {Key} is not in the "
            + "identity of this control plane. Set them again, or restore the state to which they belong.")]
        public static partial void Missing(ILogger logger, int secrets, string key);

        [LoggerMessage(3105, LogLevel.Error, "A secret cannot be read. {Damage}")]
        public static partial void Damaged(ILogger logger, string damage);

        [LoggerMessage(3106, LogLevel.Warning, "Cannot check that every secret's vault key exists.")]
        public static partial void NotChecked(ILogger logger, Exception fault);
    }
}
