# For Debian's azure-cli 2.45, whose `az role` reads an attribute that Debian's azure-mgmt-authorization 3.0 has renamed:
#
#   PYTHONPATH=scripts/azure-cli az role assignment list --all
#
# Python runs this file, found by its name in any folder of the path, before az. It changes nothing else of az or of the library.
from azure.mgmt.authorization.v2018_01_01_preview.operations import RoleDefinitionsOperations
from azure.mgmt.authorization.v2020_04_01_preview.operations import RoleAssignmentsOperations

for operations in (RoleAssignmentsOperations, RoleDefinitionsOperations):
    operations.config = property(lambda self: self._config)
