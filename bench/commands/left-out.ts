// Why a subject is not measured, where that is nobody's fault: something is not installed, or not in this version.

export class LeftOut extends Error {}
