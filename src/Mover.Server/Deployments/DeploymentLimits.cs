namespace Mover.Server.Deployments;

/// <summary>What deployments may have. Sources: ARM's documented limits, and what a document of the store holds.</summary>
internal static class DeploymentLimits
{
    /// <summary>Characters of a deployment's name.</summary>
    public const int NameCharsMax = 64;

    /// <summary>Deployments that a scope keeps; the oldest that have ended make room.</summary>
    public const int PerScopeMax = 800;

    /// <summary>Bytes of the parameters, or of the outputs, that a deployment shows.</summary>
    public const int ShownBytesMax = 256 * 1024;

    /// <summary>Edges that <c>dependencies</c> shows; with more it is left out.</summary>
    public const int EdgesMax = 2000;

    /// <summary>Characters of one stored piece of a template, which is compressed.</summary>
    public const int PieceCharsMax = 400_000;

    /// <summary>Pieces of a template and of its parameters, each.</summary>
    public const int PiecesMax = 16;

    /// <summary>Resources that one evaluation reads.</summary>
    public const int ReadsMax = 2000;

    /// <summary>Bytes of one error that is kept.</summary>
    public const int ErrorCharsMax = 16 * 1024;

    /// <summary>Details that a failed deployment shows; each failed step has its own.</summary>
    public const int DetailsMax = 20;

    /// <summary>Deployments on one page of a list.</summary>
    public const int PageMax = 50;

    /// <summary>Deployments that one instance carries out at the same time.</summary>
    public const int AtOnceMax = 4;
}
