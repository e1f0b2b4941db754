using System.Text;
using System.Text.Json;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Settings;
using Mover.State.Documents;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>The HTTP face of <c>Microsoft.Resources/deployments</c>, at resource groups and subscriptions.</summary>
internal sealed class DeploymentRoutes(
    DocumentStore documents, ArmReads reads, DeploymentWrites writes, DeploymentSteps steps, DeploymentContents contents,
    Preflight preflight, ServerOptions options)
{
    private const string Type = DeploymentScope.Type;
    private const string RetryAfterSeconds = "1";

    public void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, Routes.Group);
        Map(routes, "/subscriptions/{subscription}");
        routes.MapPost("/providers/Microsoft.Resources/calculateTemplateHash", HashAsync)
            .RequiresAction("Microsoft.Resources/calculateTemplateHash/action", ActionReach.AnyCaller);
    }

    private void Map(IEndpointRouteBuilder routes, string scope)
    {
        var all = $"{scope}/providers/{Type}";
        var one = all + "/{deployment}";
        routes.MapGet(all, ListAsync).RequiresAction(Type + "/read", ActionReach.Visible);
        routes.MapGet(one, GetAsync).RequiresAction(Type + "/read");
        routes.MapMethods(one, [HttpMethods.Head], HeadAsync).RequiresAction(Type + "/read");
        routes.MapPut(one, PutAsync).RequiresAction(Type + "/write").WithMetadata(Previewable.Instance);
        routes.MapDelete(one, DeleteAsync).RequiresAction(Type + "/delete");
        routes.MapPost(one + "/cancel", CancelAsync).RequiresAction(Type + "/cancel/action");
        routes.MapPost(one + "/validate", ValidateAsync).RequiresAction(Type + "/validate/action");
        routes.MapPost(one + "/exportTemplate", ExportAsync).RequiresAction(Type + "/exportTemplate/action");
        routes.MapGet(one + "/operationStatuses/{operation}", StatusAsync).RequiresAction(Type + "/operationstatuses/read");
        routes.MapGet(one + "/operationResults/{operation}", ResultAsync)
            .RequiresAction(Type + "/operationstatuses/read", ActionReach.AnyCaller);

        // Clients know the shorter path as well.
        foreach (var path in new[] { one, scope + "/deployments/{deployment}" })
        {
            routes.MapGet(path + "/operations", OperationsAsync).RequiresAction(Type + "/operations/read");
            routes.MapGet(path + "/operations/{operation}", OperationAsync).RequiresAction(Type + "/operations/read");
        }
    }

    private async Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel)
    {
        var place = DeploymentScope.Of(scope.Http);
        if (place.ResourceGroup.Length > 0 && await reads.RequireAsync(place, cancel) is { } missing)
        {
            return missing.ToResult();
        }

        if (!ArmReads.TryReadToken(scope, out var after))
        {
            return ArmErrors.InvalidSkipToken().ToResult();
        }

        var size = Math.Min(options.PageSize, DeploymentLimits.PageMax);
        var top = scope.Http.Request.Query["$top"].ToString();
        if (top.Length > 0)
        {
            if (!int.TryParse(top, System.Globalization.NumberStyles.None, null, out var asked) || asked < 1)
            {
                return ArmErrors.InvalidTop(top).ToResult();
            }

            size = Math.Min(asked, size);
        }

        var rights = CallerRights.Of(scope.Http);
        var page = await documents.ListPageAsync(place, Type, DeploymentsJson.Stored.DeploymentRecord, after, size, cancel);
        return ArmResults.Written(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("value");
            foreach (var deployment in page.Documents.Where(one => rights.Shows(one.Key.Id)))
            {
                DeploymentAnswers.Write(writer, deployment.Value);
            }

            writer.WriteEndArray();
            if (page.Next is { } next)
            {
                writer.WriteString("nextLink", ArmReads.NextLinkOf(scope, next));
            }

            writer.WriteEndObject();
        });
    }

    private async Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) =>
        (await FindAsync(scope, cancel)).Try(out var found, out var missing)
            ? ArmResults.Written(writer => DeploymentAnswers.Write(writer, found))
            : missing.ToResult();

    private async Task<IResult> HeadAsync(ResourceScope scope, CancellationToken cancel) =>
        ArmResults.Empty((await FindAsync(scope, cancel)).Refusal is null ? StatusCodes.Status204NoContent
            : StatusCodes.Status404NotFound);

    private async Task<IResult> PutAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!DeploymentScope.DeploymentOf(scope.Http).Try(out var id, out var refusal))
        {
            return refusal.ToResult();
        }

        if (scope.Http.Features.Get<NestedStart>() is { } start)
        {
            return (await writes.AcceptNestedAsync(scope, id, start, cancel)).Try(out var nested, out refusal)
                ? ArmResults.Written(writer => DeploymentAnswers.Write(writer, nested))
                : refusal.ToResult();
        }

        if (WriteTerms.PreviewOf(scope.Http) is not null)
        {
            return ArmErrors.PreviewNotSupported(Type).ToResult();
        }

        if (!(await PlanAsync(scope, id, cancel)).Try(out var planned, out refusal)
            || (refusal = await preflight.CheckAsync(planned, scope.CorrelationId, cancel)) is not null
            || !(await writes.AcceptAsync(scope, planned, cancel)).Try(out var accepted, out refusal))
        {
            return refusal.ToResult();
        }

        Point(scope, accepted.Deployment);
        return ArmResults.Written(
            writer => DeploymentAnswers.Write(writer, accepted.Deployment),
            accepted.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private async Task<IResult> ValidateAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!DeploymentScope.DeploymentOf(scope.Http).Try(out var id, out var refusal)
            || !(await PlanAsync(scope, id, cancel)).Try(out var planned, out refusal)
            || (refusal = await preflight.CheckAsync(planned, scope.CorrelationId, cancel)) is not null)
        {
            return refusal.ToResult();
        }

        var shown = DeploymentWrites.Shown(scope, planned);
        return ArmResults.Written(writer => DeploymentAnswers.Write(
            writer, shown, [.. planned.Plan.Resources.Where(one => !one.IsExisting).Select(one => one.Id)]));
    }

    private async Task<Core.Result<PlannedDeployment>> PlanAsync(ResourceScope scope, ResourceId id, CancellationToken cancel) =>
        (await DeploymentRequest.ReadAsync(scope.Http, cancel)).Try(out var request, out var refusal)
            ? await writes.PlanAsync(scope, id, request, cancel)
            : refusal;

    private async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!DeploymentScope.DeploymentOf(scope.Http).Try(out var id, out var refusal))
        {
            return refusal.ToResult();
        }

        var deleted = await writes.DeleteAsync(scope, id, cancel);
        if (!deleted.Try(out var gone, out refusal))
        {
            return refusal.Status == StatusCodes.Status404NotFound ? ArmResults.Empty(StatusCodes.Status204NoContent) : refusal.ToResult();
        }

        PointToResult(scope, gone);
        return ArmResults.Empty(StatusCodes.Status202Accepted);
    }

    private async Task<IResult> CancelAsync(ResourceScope scope, CancellationToken cancel) =>
        (DeploymentScope.DeploymentOf(scope.Http).Try(out var id, out var refusal)
            ? await writes.CancelAsync(scope, id, cancel)
            : refusal)?.ToResult() ?? ArmResults.Empty(StatusCodes.Status204NoContent);

    private async Task<IResult> ExportAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!(await FindAsync(scope, cancel)).Try(out var found, out var missing))
        {
            return missing.ToResult();
        }

        var template = await contents.LoadAsync(found.ResourceId, found.Instance, DeploymentContents.Template, cancel);
        return template is null ? ArmErrors.DeploymentNotFound(found.Name).ToResult() : ArmResults.Written(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("template");
            writer.WriteRawValue(template, skipInputValidation: true);
            writer.WriteEndObject();
        });
    }

    private async Task<IResult> StatusAsync(ResourceScope scope, string operation, CancellationToken cancel)
    {
        if (!(await FindAsync(scope, cancel)).Try(out var found, out var missing) || found.OperationId != operation)
        {
            return (missing ?? ArmErrors.DeploymentOperationNotFound(operation)).ToResult();
        }

        if (found.IsActive)
        {
            scope.Http.Response.Headers.RetryAfter = RetryAfterSeconds;
        }

        return ArmResults.Written(writer => DeploymentAnswers.WriteStatus(writer, found));
    }

    // Whoever deleted may have no right here any more; the answer says nothing but that it is done.
    private async Task<IResult> ResultAsync(ResourceScope scope, string operation, CancellationToken cancel)
    {
        if (!(await FindAsync(scope, cancel)).Try(out var found, out _) || found.OperationId != operation)
        {
            return ArmResults.Empty(StatusCodes.Status204NoContent);
        }

        PointToResult(scope, found);
        return ArmResults.Empty(StatusCodes.Status202Accepted);
    }

    private async Task<IResult> OperationsAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!(await FindAsync(scope, cancel)).Try(out var found, out var missing))
        {
            return missing.ToResult();
        }

        var all = await steps.ListAsync(found, cancel);
        return ArmResults.Written(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("value");
            foreach (var step in all)
            {
                DeploymentAnswers.Write(writer, found, step);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private async Task<IResult> OperationAsync(ResourceScope scope, string operation, CancellationToken cancel)
    {
        if (!(await FindAsync(scope, cancel)).Try(out var found, out var missing))
        {
            return missing.ToResult();
        }

        return operation.Length <= DeploymentLimits.NameCharsMax && operation.All(char.IsAsciiLetterOrDigit)
            && await steps.FindAsync(found, operation, cancel) is { } step
                ? ArmResults.Written(writer => DeploymentAnswers.Write(writer, found, step))
                : ArmErrors.DeploymentOperationNotFound(operation).ToResult();
    }

    private static async Task<IResult> HashAsync(HttpContext http, CancellationToken cancel)
    {
        if (!(await DeploymentRequest.ReadValueAsync(http, cancel)).Try(out var template, out var refusal))
        {
            return refusal.ToResult();
        }

        if (template is not ObjectValue)
        {
            return ArmErrors.InvalidContent("a template must be a JSON object.").ToResult();
        }

        var minified = TemplateText.Json(template);
        return ArmResults.Written(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("minifiedTemplate", minified);
            writer.WriteString("templateHash", TemplateText.Hash(minified));
            writer.WriteEndObject();
        });
    }

    private async Task<Core.Result<DeploymentRecord>> FindAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!DeploymentScope.DeploymentOf(scope.Http).Try(out var id, out var refusal))
        {
            return refusal;
        }

        if (Encoding.UTF8.GetByteCount(id.Text) < ArmReads.IdBytesMax
            && await documents.GetAsync(id, DeploymentsJson.Stored.DeploymentRecord, cancel) is { } found)
        {
            return found.Value;
        }

        return id.ResourceGroup.Length > 0 && await reads.RequireAsync(DeploymentScope.Of(scope.Http), cancel) is { } missing
            ? missing
            : ArmErrors.DeploymentNotFound(id.Name);
    }

    private static void Point(ResourceScope scope, DeploymentRecord deployment)
    {
        scope.Http.Response.Headers["Azure-AsyncOperation"] = UrlOf(scope, deployment, "operationStatuses");
        scope.Http.Response.Headers.RetryAfter = RetryAfterSeconds;
    }

    private static void PointToResult(ResourceScope scope, DeploymentRecord deployment)
    {
        scope.Http.Response.Headers.Location = UrlOf(scope, deployment, "operationResults");
        scope.Http.Response.Headers.RetryAfter = RetryAfterSeconds;
    }

    private static string UrlOf(ResourceScope scope, DeploymentRecord deployment, string what) =>
        $"{scope.BaseUrl}{new PathString(deployment.Id).ToUriComponent()}/{what}/{deployment.OperationId}?api-version={scope.ApiVersion}";
}
