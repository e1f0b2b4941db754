using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary>
/// All that Mover knows of one kind of storage endpoint. Rules, patches, pairs, api-versions, work orders, rights and the command line
/// read it from here; none of them asks which kind it is.
/// </summary>
/// <param name="type">Its <c>endpointType</c>.</param>
public abstract class EndpointKind(string type)
{
    /// <summary>Its <c>endpointType</c>.</summary>
    public string Type { get; } = type;

    /// <summary>The first api-version that has it; an older one shows of it what every endpoint has.</summary>
    public required string Since { get; init; }

    /// <summary>What its <c>endpointKind</c> is when nobody says.</summary>
    public required string UsedAs { get; init; }

    /// <summary>Whether nothing is written to it.</summary>
    public bool IsSourceOnly { get; init; }

    /// <summary>The kinds that jobs copy to or from it; each pair is said by one of the two.</summary>
    public IReadOnlyList<EndpointPairs> Pairs { get; init; } = [];

    /// <summary>What the command line calls it.</summary>
    public required EndpointWords Words { get; init; }

    /// <summary>What a host that has mounted it calls it, <c>host:/export</c> or <c>//host/share</c>; null for what is never.</summary>
    public Func<OrderEndpoint, string>? MountedAs { get; init; }

    /// <summary>The record of its properties.</summary>
    public abstract Type PropertiesType { get; }

    /// <summary>Its properties beside those of every endpoint, in the order in which their rules are told.</summary>
    public abstract IReadOnlyList<EndpointProperty> Properties { get; }

    /// <summary>The type of its credentials, one of <see cref="CredentialTypes"/>; null when it has none.</summary>
    public string? CredentialsType => Properties.Select(property => property.CredentialsType).FirstOrDefault(one => one is not null);

    /// <summary>What of a storage account it is; null when it is none, or does not say which.</summary>
    public static AccountData? DataOf(StorageEndpointProperties? properties) => properties?.Kind.Data(properties);

    /// <summary>The addresses of the vault secrets that its agent reads, as they were given.</summary>
    public static IEnumerable<string?> SecretsOf(StorageEndpointProperties? properties) => properties?.Kind.Secrets(properties) ?? [];

    /// <summary>How a work order names it; what is common to all kinds stands in <paramref name="order"/>.</summary>
    public static OrderEndpoint Order(StorageEndpointProperties? properties, OrderEndpoint order) =>
        properties?.Kind.Named(properties, order) ?? order;

    /// <summary>The properties to keep; adds to <paramref name="problems"/> what is wrong with them.</summary>
    internal abstract StorageEndpointProperties Check(
        Problems problems, StorageEndpointProperties? before, StorageEndpointProperties asked);

    internal abstract StorageEndpointProperties WithoutEmptySecrets(StorageEndpointProperties asked);

    private protected abstract AccountData? Data(StorageEndpointProperties properties);

    private protected abstract IEnumerable<string?> Secrets(StorageEndpointProperties properties);

    private protected abstract OrderEndpoint Named(StorageEndpointProperties properties, OrderEndpoint order);
}

/// <summary>A kind whose properties are <typeparamref name="T"/>.</summary>
/// <param name="type">Its <c>endpointType</c>.</param>
/// <param name="properties">Its own properties.</param>
public sealed class EndpointKind<T>(string type, IReadOnlyList<EndpointProperty<T>> properties) : EndpointKind(type)
    where T : StorageEndpointProperties
{
    /// <inheritdoc/>
    public override Type PropertiesType => typeof(T);

    /// <inheritdoc/>
    public override IReadOnlyList<EndpointProperty> Properties => properties;

    /// <summary>Names it in a work order.</summary>
    public Func<OrderEndpoint, T, OrderEndpoint>? OrderedAs { get; init; }

    /// <summary>What of a storage account it is.</summary>
    public Func<T, AccountData?>? StoredAs { get; init; }

    // What says where the data is goes first, then whether that is as it was, then the rest.
    internal override StorageEndpointProperties Check(
        Problems problems, StorageEndpointProperties? before, StorageEndpointProperties asked)
    {
        var (kept, wanted) = (before as T, (T)asked);
        var place = properties.Where(property => property.IsOfPlace).ToList();
        foreach (var property in place.OrderBy(property => property.IsCheckedLast))
        {
            wanted = property.Check(problems, kept, wanted);
        }

        foreach (var property in place.Where(property => kept is not null && property.Change is PropertyChange.AtCreation))
        {
            property.Compare(problems, kept, wanted);
        }

        foreach (var property in properties.Where(property => !property.IsOfPlace))
        {
            wanted = property.Check(problems, kept, wanted);
        }

        return wanted;
    }

    internal override StorageEndpointProperties WithoutEmptySecrets(StorageEndpointProperties asked) =>
        properties.Aggregate((T)asked, (one, property) => property.WithoutEmptySecrets(one));

    private protected override AccountData? Data(StorageEndpointProperties given) => StoredAs?.Invoke((T)given);

    private protected override IEnumerable<string?> Secrets(StorageEndpointProperties given) =>
        properties.SelectMany(property => property.SecretsOf((T)given));

    private protected override OrderEndpoint Named(StorageEndpointProperties given, OrderEndpoint order) =>
        OrderedAs?.Invoke(order, (T)given) ?? order;
}

/// <summary>What jobs of one type copy to or from a kind.</summary>
/// <param name="JobType">One of <see cref="JobTypes"/>.</param>
/// <param name="IsSource">Whether the kind is the source of these pairs; else it is their target.</param>
/// <param name="Others">The <c>endpointType</c> of the other ends.</param>
public sealed record EndpointPairs(string JobType, bool IsSource, IReadOnlyList<string> Others)
{
    /// <summary>Jobs of the type copy from the kind to these.</summary>
    public static EndpointPairs To(string jobType, params IReadOnlyList<string> targets) => new(jobType, true, targets);

    /// <summary>Jobs of the type copy from these to the kind.</summary>
    public static EndpointPairs From(string jobType, params IReadOnlyList<string> sources) => new(jobType, false, sources);
}

/// <summary>What of a storage account an endpoint is, and the roles that let an agent read and write it.</summary>
/// <param name="Account">The account.</param>
/// <param name="Scope">Where in it the roles are given.</param>
/// <param name="Container">The blob container; null for what is none, and for which the control plane makes no signature.</param>
/// <param name="ReadsBy">The role that reads.</param>
/// <param name="WritesBy">The role that writes.</param>
public sealed record AccountData(
    ResourceId Account, ResourceId Scope, string? Container, RoleDefinition ReadsBy, RoleDefinition WritesBy)
{
    /// <summary>A blob container; null without an account or a name.</summary>
    public static AccountData? OfContainer(string? accountId, string? name) =>
        name is not null && ResourceId.TryParse(accountId, out var account)
            ? new(
                account, account.Child("blobServices", "default").Child("containers", name), name, BuiltInRoles.BlobDataReader,
                BuiltInRoles.BlobDataContributor)
            : null;

    /// <summary>A file share; null without an account or a name.</summary>
    public static AccountData? OfShare(string? accountId, string? name) =>
        name is not null && ResourceId.TryParse(accountId, out var account)
            ? new(
                account, account.Child("fileServices", "default").Child("fileshares", name), null,
                BuiltInRoles.FileDataPrivilegedContributor, BuiltInRoles.FileDataPrivilegedContributor)
            : null;
}

/// <summary>What the command line calls a kind.</summary>
/// <param name="Word">As in <c>create-for-WORD</c>.</param>
/// <param name="Title">As in "Create an endpoint for TITLE."</param>
public sealed record EndpointWords(string Word, string Title)
{
    /// <summary>Whether an endpoint of it is made with an identity.</summary>
    public bool NeedsIdentity { get; init; }
}
