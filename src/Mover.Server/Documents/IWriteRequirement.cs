using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>What must hold of the whole subscription when a resource is written.</summary>
internal interface IWriteRequirement
{
    /// <summary>What is read with the resource to judge it; null for nothing.</summary>
    DocumentKey? KeyFor(ResourceId id);

    /// <summary>The refusal that the read state gives; null when the resource may be written.</summary>
    ArmError? Require(ResourceId id, DocumentsRead read);
}
