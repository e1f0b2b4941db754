using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Resources;
using Mover.Server.Vault;
using Mover.State.Documents;

namespace Mover.Server.StorageAccounts;

/// <summary>The keys of registered accounts, encrypted as the vault's secrets are, in a place that no request can name. They
/// go with the account: their area mirrors the resources.</summary>
internal sealed class AccountKeys(SecretVault vault)
{
    /// <summary>Keeps the account's key.</summary>
    public Task SetAsync(Document<StorageAccount> account, Secret key, WriteStamp stamp, CancellationToken cancel) =>
        vault.SetAsync(IdOf(account), key, new(), stamp, cancel);

    /// <summary>The account's key, or why it cannot be had.</summary>
    public Task<Result<Secret>> RevealAsync(Document<StorageAccount> account, CancellationToken cancel) =>
        vault.RevealAsync(IdOf(account), cancel);

    private static SecretId IdOf(Document<StorageAccount> account) =>
        SecretId.OfAccount(account.Key.Id, account.Value.Properties?.CreationTime ?? account.Info.Created.At);
}
