using Mover.Server.Operations;

namespace Mover.Server.Features;

/// <summary>Async operations: deletes that take long, and what became of them.</summary>
internal static class OperationsFeature
{
    public static void AddOperations(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CascadingDelete>();
        builder.Services.AddSingleton<ArmDeletes>();
        builder.Services.AddSingleton<OperationRoutes>();
        builder.Services.AddHostedService<OperationLoop>();
    }
}
