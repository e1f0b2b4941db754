using System.Text;
using Mover.Core.Arm;
using Mover.Server.Arm;

namespace Mover.Server.Deployments;

/// <summary>The HTTP face of what-if, at resource groups and subscriptions. It is answered at once.</summary>
internal sealed class WhatIfRoutes(DeploymentWrites writes, WhatIf whatIf)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var scope in new[] { Routes.Group, "/subscriptions/{subscription}" })
        {
            routes.MapPost($"{scope}/providers/{DeploymentScope.Type}/{{deployment}}/whatIf", AskAsync)
                .RequiresAction(DeploymentScope.Type + "/whatIf/action");
        }
    }

    private async Task<IResult> AskAsync(ResourceScope scope, CancellationToken cancel) =>
        DeploymentScope.DeploymentOf(scope.Http).Try(out var id, out var refusal)
        && (await DeploymentRequest.ReadAsync(scope.Http, cancel)).Try(out var request, out refusal)
        && (await writes.PlanAsync(scope, id, request, cancel)).Try(out var planned, out refusal)
        && (await whatIf.AskAsync(planned, scope.CorrelationId, cancel)).Try(out var answer, out refusal)
            ? ArmResults.Raw(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(answer))
            : refusal.ToResult();
}
