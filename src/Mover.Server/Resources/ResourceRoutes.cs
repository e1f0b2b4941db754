using Microsoft.AspNetCore.Routing.Patterns;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Providers;
using Mover.Server.Settings;
using Mover.State.Documents;

namespace Mover.Server.Resources;

/// <summary>
/// Resources of every type: the lists of a subscription and of a group, whether one exists, and what is answered where no type is.
/// </summary>
internal sealed class ResourceRoutes(
    ArmReads reads, DocumentStore documents, ProviderCatalogue providers, EndpointDataSource endpoints, ServerOptions options)
{
    /// <summary>Documents that one page looks at: a filter that nothing passes is answered in parts, not in minutes.</summary>
    private const int LooksMax = 20_000;

    private const string Read = "Microsoft.Resources/subscriptions/resources/read";
    private const string Any = Routes.Group + "/providers/{**rest}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}/resources", ListAsync).RequiresAction(Read, ActionReach.Visible);
        routes.MapGet(Routes.Group + "/resources", ListAsync)
            .RequiresAction("Microsoft.Resources/subscriptions/resourceGroups/resources/read", ActionReach.Visible);
        routes.MapMethods(Any, [HttpMethods.Head], HeadAsync).RequiresAction(Read, ActionReach.AnyRole);
        routes.MapMethods(
            Any,
            [HttpMethods.Get, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Post, HttpMethods.Delete],
            Unknown).RequiresAction(Read, ActionReach.AnyCaller).TakesNoApiVersion();
    }

    private async Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (scope.Group.Length > 0 && await reads.RequireAsync(scope.Id, cancel) is { } missing)
        {
            return missing.ToResult();
        }

        if (!ListQuery.Read(scope, options).Try(out var query, out var refusal))
        {
            return refusal.ToResult();
        }

        var rights = CallerRights.Of(scope.Http);
        var page = await documents.ListResourcesPageAsync(
            scope.Id, providers.TrackedTypes, Wanted, ResourcesJson.Default.ListedResource, query.After, query.PageSize,
            LooksMax, cancel);
        bool Wanted(Document<ListedResource> document) => query.Filter.Matches(document) && rights.Shows(document.Key.Id);

        return ArmResults.Written(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("value");
            foreach (var document in page.Documents)
            {
                ListedResource.Write(writer, document, query.Expansion);
            }

            writer.WriteEndArray();
            if (page.Next is { } next)
            {
                writer.WriteString("nextLink", ArmReads.NextLinkOf(scope, next));
            }

            writer.WriteEndObject();
        });
    }

    // 204 or 404 without a body, as generic clients ask whether something exists.
    private async Task<IResult> HeadAsync(ResourceScope scope, CancellationToken cancel) =>
        ArmResults.Empty(scope.Id.Text.Length > 0 && await reads.RequireAsync(scope.Id, cancel) is null ? StatusCodes.Status204NoContent
            : StatusCodes.Status404NotFound);

    // Nothing else is at this path: says whether it is the namespace, the type or the method.
    private IResult Unknown(HttpContext http, string rest)
    {
        var segments = rest.Split('/');
        if (providers.Find(segments[0]) is not { } provider)
        {
            return ArmErrors.InvalidResourceNamespace(segments[0]).ToResult();
        }

        if (MethodsAt(http.Request.Path.Value ?? string.Empty) is { Count: > 0 } methods)
        {
            http.Response.Headers.Allow = string.Join(", ", methods);
            return ArmErrors.MethodNotAllowed(http.Request.Method).ToResult();
        }

        var type = string.Join('/', segments.Skip(1).Where((_, at) => at % 2 == 0));
        return ArmErrors.InvalidResourceType(type, provider.Namespace).ToResult();
    }

    // The methods of the routes that the path would have found with another method.
    private List<string> MethodsAt(string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return
        [
            .. endpoints.Endpoints.OfType<RouteEndpoint>()
                .Where(route => Fits(route.RoutePattern.PathSegments, segments))
                .SelectMany(route => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
    }

    private static bool Fits(IReadOnlyList<RoutePatternPathSegment> pattern, string[] segments) =>
        pattern.Count == segments.Length
        && pattern.Zip(segments).All(pair => pair.First.Parts[0] is not RoutePatternLiteralPart literal
            || literal.Content.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
}
