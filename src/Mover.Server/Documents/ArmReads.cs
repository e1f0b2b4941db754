using System.Text;
using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Settings;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>Reads that every resource type answers in the same way.</summary>
internal sealed class ArmReads(DocumentStore documents, ServerOptions options)
{
    /// <summary>Longer ids cannot be in the store; they are answered as absent without asking it.</summary>
    public const int IdBytesMax = 2000;

    /// <summary>Documents that one page of a subscription's list looks at before it ends, full or not.</summary>
    private const int LooksMax = 20_000;

    private static readonly string[] ListParameters = ["$filter", "$top", "$expand"];

    /// <summary>GET of one resource: 200 with its ETag, or 404.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="shape">The resource's type.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <param name="show">Adds what is known beside the document; null shows it as it is stored.</param>
    public async Task<IResult> GetAsync<T>(
        ResourceScope scope, ResourceShape<T> shape, CancellationToken cancel, ShowRule<T>? show = null)
        where T : ArmResource
    {
        var found = await FindAsync(scope.Id, shape.Json, cancel);
        if (!found.Try(out var document, out var refusal))
        {
            return refusal.ToResult();
        }

        document = show is null ? document : await show(document, cancel);
        return ArmResults.Ok(Answers.Of(document), shape.In(scope.ApiVersion), document.ETag);
    }

    /// <summary>
    /// GET of the children of a resource that exists. <c>nextLink</c> is there only when a page follows; pages are in the order of names.
    /// </summary>
    /// <param name="scope">The request.</param>
    /// <param name="childType">What is listed.</param>
    /// <param name="shape">The resource's type.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <param name="show">Adds what is known beside a document; null shows it as it is stored.</param>
    public async Task<IResult> ListAsync<T>(
        ResourceScope scope,
        string childType,
        ResourceShape<T> shape,
        CancellationToken cancel,
        ShowRule<T>? show = null)
        where T : ArmResource
    {
        var isBelowSubscription = scope.Group.Length == 0;
        if (!isBelowSubscription && await RequireAsync(scope.Id, cancel) is { } missing)
        {
            return missing.ToResult();
        }

        if (!TryReadToken(scope, out var after))
        {
            return ArmErrors.InvalidSkipToken().ToResult();
        }

        var page = await documents.ListPageAsync(scope.Id, childType, shape.Json, after, options.PageSize, cancel);
        if (show is null)
        {
            return Page(scope, shape, page.Documents, page.Next);
        }

        var shown = new List<Document<T>>(page.Documents.Count);
        foreach (var document in page.Documents)
        {
            shown.Add(await show(document, cancel));
        }

        return Page(scope, shape, shown, page.Next);
    }

    /// <summary>GET of all resources of a type in a subscription, over its groups, in the order of keys.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="type">The full type; one that lies directly in a group.</param>
    /// <param name="shape">The resource's type.</param>
    /// <param name="cancel">Stops the call.</param>
    public async Task<IResult> ListOfSubscriptionAsync<T>(
        ResourceScope scope, string type, ResourceShape<T> shape, CancellationToken cancel)
        where T : ArmResource
    {
        if (!TryReadToken(scope, out var after))
        {
            return ArmErrors.InvalidSkipToken().ToResult();
        }

        var rights = CallerRights.Of(scope.Http);
        var page = await documents.ListResourcesPageAsync(
            scope.Id,
            new HashSet<string>(StringComparer.Ordinal) { type.ToLowerInvariant() },
            document => rights.Shows(document.Key.Id),
            shape.Json,
            after,
            options.PageSize,
            LooksMax,
            cancel);
        return Page(scope, shape, page.Documents, page.Next);
    }

    /// <summary>Answers a page.</summary>
    public static IResult Page<T>(ResourceScope scope, ResourceShape<T> shape, IReadOnlyList<Document<T>> found, string? next)
        where T : ArmResource
    {
        var rights = CallerRights.Of(scope.Http);
        return ArmResults.Ok(
            new ResourceList<T>(
                [.. found.Where(document => rights.Shows(document.Key.Id)).Select(Answers.Of)],
                next is null ? null : NextLinkOf(scope, next)),
            shape.ListIn(scope.ApiVersion));
    }

    /// <summary>Reads the place a page starts behind; false when the token is not one of ours.</summary>
    public static bool TryReadToken(ResourceScope scope, out string? after) =>
        TryReadPlace(scope, out after) && (after is null || after.StartsWith(scope.Id.Key, StringComparison.Ordinal));

    /// <summary>As <see cref="TryReadToken"/>, for lists that go beyond what lies below their scope.</summary>
    public static bool TryReadPlace(ResourceScope scope, out string? after)
    {
        var token = scope.Http.Request.Query["$skiptoken"].ToString();
        after = token.Length == 0 ? null : scope.Pages.Open(scope.Path, token);
        return token.Length == 0 || after is not null;
    }

    /// <summary>A document, or the refusal that tells a missing resource from a missing group.</summary>
    public async Task<Result<Document<T>>> FindAsync<T>(ResourceId id, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : notnull
    {
        if (Encoding.UTF8.GetByteCount(id.Text) > IdBytesMax)
        {
            return ArmErrors.ResourceNotFound(id);
        }

        if (await documents.GetAsync(id, type, cancel) is { } found)
        {
            return found;
        }

        if (id.Type.Length == 0)
        {
            return ArmErrors.ResourceGroupNotFound(id.Name);
        }

        var group = ResourceId.OfGroup(id.Subscription, id.ResourceGroup);
        return await documents.GetInfoAsync(group, cancel) is null ? ArmErrors.ResourceGroupNotFound(id.ResourceGroup)
            : ArmErrors.ResourceNotFound(id);
    }

    /// <summary>Null when the resource exists.</summary>
    public async Task<ArmError?> RequireAsync(ResourceId id, CancellationToken cancel) =>
        (await FindAsync(id, DocumentsJson.Default.AnyResource, cancel)).Refusal;

    /// <summary>
    /// The condition that belongs into the commit of whatever is kept beside a resource: that the resource exists, is not being deleted,
    /// and stays as it is. Or the refusal.
    /// </summary>
    public async Task<Result<DocumentWrite>> AliveAsync(ResourceId id, CancellationToken cancel) =>
        await AliveAmongAsync(await documents.ReadAsync([id], cancel), id, cancel);

    /// <summary>As above, of a resource that was read with others; only one that is missing is asked for again, for the reason.</summary>
    public async Task<Result<DocumentWrite>> AliveAmongAsync(DocumentsRead read, ResourceId id, CancellationToken cancel)
    {
        var found = read.Get(id, DocumentsJson.Default.AnyResource) is { } there
            ? there
            : await FindAsync(id, DocumentsJson.Default.AnyResource, cancel);
        return !found.Try(out var document, out var missing) ? missing
            : document.Value.IsDeleting ? ArmErrors.BeingDeleted(id)
            : DocumentWrite.Check(id, DocumentCondition.Unchanged(document.Info));
    }

    /// <summary>The link to the page behind a place, with everything else that was asked.</summary>
    public static string NextLinkOf(ResourceScope scope, string next)
    {
        var link = new StringBuilder($"{scope.BaseUrl}{scope.Http.Request.Path}?api-version={Uri.EscapeDataString(scope.ApiVersion)}");
        foreach (var name in ListParameters)
        {
            if (scope.Http.Request.Query[name].ToString() is { Length: > 0 } value)
            {
                link.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            }
        }

        return link.Append("&$skiptoken=").Append(scope.Pages.Seal(scope.Path, next)).ToString();
    }
}
