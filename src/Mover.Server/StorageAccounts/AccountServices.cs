using System.Text.Json.Serialization;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.StorageAccounts;

/// <summary>Which account a Blob service belongs to.</summary>
/// <param name="AccountId">The ARM id of the registration.</param>
internal sealed record ServiceOwner(string AccountId);

/// <summary>
/// That a Blob service, by whatever name it is reached, is one account's: rights to data are given by the account's id, so that two
/// registrations of one service would let the rights on one of them open what the other holds. Claimed in the account's own commit.
/// </summary>
internal sealed class AccountServices(DocumentStore documents)
{
    private const string Place = "accountservices";

    /// <summary>The writes that go with an account's PUT or PATCH, or why its endpoint cannot be its own.</summary>
    public async Task<Result<List<DocumentWrite>>> WritesAsync(
        ResourceId id, StorageAccount? before, StorageAccount kept, CancellationToken cancel)
    {
        var (old, wanted) = (ServiceOf(before), ServiceOf(kept));
        var writes = new List<DocumentWrite>();
        if (wanted is not null)
        {
            var owner = await documents.GetAsync(KeyOf(wanted), AccountServicesJson.Default.ServiceOwner, cancel);
            if (owner is not null && !ArmCase.Same(owner.Value.AccountId, id.Text))
            {
                return ArmErrors.StorageAccountServiceTaken(kept.Properties?.PrimaryEndpoints?.Blob ?? string.Empty);
            }

            if (owner is null)
            {
                writes.Add(DocumentWrite.Put(
                    KeyOf(wanted), new(id.Text), AccountServicesJson.Default.ServiceOwner, DocumentCondition.Absent));
            }
        }

        if (old is not null && old != wanted && await IsOwnerAsync(id, old, cancel))
        {
            writes.Add(DocumentWrite.Delete(KeyOf(old)));
        }

        return writes;
    }

    /// <summary>The deletes that go with an account's.</summary>
    public async Task<IReadOnlyList<DocumentWrite>> RemovalAsync(ResourceId id, StorageAccount account, CancellationToken cancel) =>
        ServiceOf(account) is { } service && await IsOwnerAsync(id, service, cancel) ? [DocumentWrite.Delete(KeyOf(service))] : [];

    /// <summary>True when the account's Blob service is the account's own.</summary>
    public async Task<bool> IsOwnAsync(ResourceId id, StorageAccount account, CancellationToken cancel) =>
        ServiceOf(account) is { } service && await IsOwnerAsync(id, service, cancel);

    private async Task<bool> IsOwnerAsync(ResourceId id, string service, CancellationToken cancel) =>
        await documents.GetAsync(KeyOf(service), AccountServicesJson.Default.ServiceOwner, cancel) is { } owner
        && ArmCase.Same(owner.Value.AccountId, id.Text);

    private static string? ServiceOf(StorageAccount? account) =>
        account?.Properties?.PrimaryEndpoints?.Blob is { } endpoint ? BlobServices.IdentityOf(new Uri(endpoint)) : null;

    private static DocumentKey KeyOf(string service) => DocumentKey.Internal(Place, Uri.EscapeDataString(service));
}

/// <summary>An account's claim of its Blob service goes with the account.</summary>
internal sealed class StorageAccountDependents(DocumentStore documents, AccountServices services) : IDependents
{
    public string Type { get; } = ArmCase.Lower(StorageAccountRoutes.Type);

    public async Task<IReadOnlyList<DocumentWrite>> FindAsync(ResourceId id, CancellationToken cancel) =>
        await documents.GetAsync(id, MoverJson.Wire.StorageAccount, cancel) is { } account
            ? await services.RemovalAsync(id, account.Value, cancel)
            : [];
}

/// <summary>JSON of the claims.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ServiceOwner))]
internal sealed partial class AccountServicesJson : JsonSerializerContext;
