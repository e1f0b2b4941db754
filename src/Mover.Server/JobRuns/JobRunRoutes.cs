using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.StorageMovers;

namespace Mover.Server.JobRuns;

/// <summary>The HTTP face of <c>jobDefinitions/jobRuns</c>: clients only read runs.</summary>
internal sealed class JobRunRoutes(ArmReads reads)
{
    private const string Type = StorageMoverRoutes.Type + "/projects/jobDefinitions/jobRuns";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.JobRuns, ListAsync).RequiresAction(Type + "/read");
        routes.MapGet(Routes.JobRun, GetAsync).RequiresAction(Type + "/read");
    }

    private Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) => reads.GetAsync(scope, Shapes.JobRun, cancel);

    private Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel) => reads.ListAsync(scope, "jobRuns", Shapes.JobRun,
        cancel);
}
