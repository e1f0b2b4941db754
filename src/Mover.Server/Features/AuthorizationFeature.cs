using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Roles;

namespace Mover.Server.Features;

/// <summary>Roles: who may do what where.</summary>
internal static class AuthorizationFeature
{
    public static void AddAuthorization(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton(new MirroredArea(AccessState.AssignmentsArea))
        .AddSingleton(new MirroredArea(RoleAssignments.UniqueArea))
        .AddSingleton<AccessState>()
        .AddSingleton<RoleGuard>()
        .AddSingleton<Owners>()
        .AddSingleton<AdministratorRoles>()
        .AddSingleton<IRoleScopes, RoleScopes>()
        .AddSingleton<RoleAssignments>()
        .AddSingleton<RoleDefinitions>()
        .AddSingleton<Principals>()
        .AddSingleton<RoleAssignmentRoutes>()
        .AddSingleton<RoleDefinitionRoutes>()
        .AddHostedService<AccessLoop>();

    public static void MapAuthorization(this WebApplication app)
    {
        app.Services.GetRequiredService<RoleAssignmentRoutes>().Map(app);
        app.Services.GetRequiredService<RoleDefinitionRoutes>().Map(app);
    }
}
