using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Documents;
using Mover.Server.Vault;
using Mover.State.Documents;

namespace Mover.Server.StorageAccounts;

/// <summary>
/// The keys of registered accounts, encrypted as the vault's secrets are, in a place that no request can name. A key is sealed together
/// with the Blob endpoint that it was set for, and signs nothing for another one. Keys go with the account: their area mirrors the
/// resources.
/// </summary>
internal sealed class AccountKeys(SecretVault vault)
{
    /// <summary>The write that keeps the account's key for the endpoint that the account has, as it was read.</summary>
    public DocumentWrite WriteOf(Document<StorageAccount> account, Secret key) =>
        vault.WriteOf(IdOf(account), new($"{EndpointOf(account)}\n{key.Reveal()}"));

    /// <summary>The account's key, or why it cannot be had or used.</summary>
    public async Task<Result<Secret>> RevealAsync(Document<StorageAccount> account, CancellationToken cancel)
    {
        if (!(await vault.RevealAsync(IdOf(account), cancel)).Try(out var kept, out var unreadable))
        {
            return unreadable;
        }

        // A key that stands alone was set before keys knew their endpoint; which one that was is not known.
        var parts = kept.Reveal().Split('\n');
        var (setFor, key) = parts is [var endpoint, var value] ? (endpoint, value) : (null, string.Empty);
        return setFor == EndpointOf(account)
            ? new Secret(key)
            : ArmErrors.AccountKeyOfAnotherEndpoint(account.Key.Id, setFor, EndpointOf(account));
    }

    private static string EndpointOf(Document<StorageAccount> account) =>
        account.Value.Properties?.PrimaryEndpoints?.Blob ?? string.Empty;

    private static SecretId IdOf(Document<StorageAccount> account) =>
        SecretId.OfAccount(account.Key.Id, account.Value.Properties?.CreationTime ?? account.Info.Created.At);
}
